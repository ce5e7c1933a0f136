//! `nbpfc explain`: what the code of an error means.

use std::fmt::Write as _;

use crate::failure::Failure;
use crate::output;

/// The page with a section for each code.
const PAGE: &str = include_str!("../../../lang-spec/errors.md");

/// Codes, titles and texts, in the order of the page.
fn sections() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    PAGE.split("\n## ").skip(1).filter_map(|section| {
        let (head, text) = section.split_once('\n')?;
        let (code, title) = head.split_once(": ")?;
        Some((code, title, text.trim()))
    })
}

/// The number of a code: of `E0301`, `e301` and `301` the same.
fn number(code: &str) -> Option<u32> {
    let digits = code.strip_prefix(['E', 'e']).unwrap_or(code);
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Prints what a code means, or a line for each.
pub(crate) fn run(code: Option<&str>) -> Result<(), Failure> {
    let mut text = String::new();
    match code {
        None => {
            for (code, title, _) in sections() {
                let _ = writeln!(text, "{code}  {title}");
            }
        }
        Some(wanted) => {
            let by_number = number(wanted);
            let found = sections().find(|(code, ..)| {
                code.eq_ignore_ascii_case(wanted)
                    || (by_number.is_some() && number(code) == by_number)
            });
            let Some((code, title, section)) = found else {
                let message =
                    format!("no error has the code '{wanted}'; `nbpfc explain` lists them");
                return Err(Failure::Message(message));
            };
            let _ = writeln!(text, "{code}: {title}\n");
            for line in section.lines() {
                match line {
                    "```nbp wrong" | "```filter wrong" | "```sh wrong" => {
                        text.push_str("This is refused:\n");
                    }
                    "```nbp right" | "```filter right" | "```sh right" => {
                        text.push_str("This is right:\n");
                    }
                    "```" => text.push('\n'),
                    line => {
                        text.push_str(line);
                        text.push('\n');
                    }
                }
            }
            while text.ends_with("\n\n") {
                text.pop();
            }
        }
    }
    output::print(&text)
}
