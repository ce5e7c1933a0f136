//! `lang-spec/errors.md`: every code has its section, whose examples are refused and compile as they
//! say.

use std::fs;

use nbpfc_driver::{
    Build, Code, Diagnostic, File, Hook, LinkType, Request, Session, Style, Target, Version, render,
};
use nbpfc_tests::place::root;
use nbpfc_tests::property::Nowhere;

/// Codes of what no short text shows.
const WITHOUT_EXAMPLES: &[&str] = &["E0003", "E0204", "E0308", "E0402", "E0403", "E0501", "B0001"];

/// The kernel that examples are compiled for: that of who says nothing.
const KERNEL: Version = Version::new(5, 10);

pub(super) fn page() -> Result<(), String> {
    let path = root().join("lang-spec/errors.md");
    let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let sections: Vec<(&str, &str)> =
        text.split("\n## ").skip(1).filter_map(|section| section.split_once(": ")).collect();
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let found = sections.iter().find(|(own, _)| *own == code.as_str());
        let Some((_, section)) = found else {
            wrong.push(format!("{code} has no section"));
            continue;
        };
        let examples = examples(section);
        let kinds: Vec<bool> = examples.iter().map(|(_, right, _)| *right).collect();
        if kinds.is_empty() && WITHOUT_EXAMPLES.contains(&code.as_str()) {
            continue;
        }
        if kinds != [false, true] {
            wrong.push(format!("{code} has not one example that is wrong, and one that is right"));
        }
        for (language, right, text) in examples {
            let found = compile(language, text);
            let (codes, shown): (Vec<Code>, Vec<String>) = found.into_iter().unzip();
            let fine = if right { codes.is_empty() } else { codes.contains(code) };
            if !fine {
                wrong.push(format!("{code}, right: {right}: {codes:?}\n{text}{}", shown.concat()));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Language, whether it is right, and text of each example.
fn examples(section: &str) -> Vec<(&str, bool, &str)> {
    let blocks = section.split("```").skip(1).step_by(2);
    let blocks = blocks.filter_map(|block| {
        let (head, text) = block.split_once('\n')?;
        let (language, kind) = head.split_once(' ')?;
        Some((language, kind == "right", text))
    });
    blocks.collect()
}

fn compile(language: &str, text: &str) -> Vec<(Code, String)> {
    let mut session = Session::new(&Nowhere);
    let found = if language == "nbp" {
        let id = session.add_module(File::new("example.nbp", text));
        session.module(id, &Build::new(KERNEL)).err()
    } else {
        let id = session.add(File::new("<expression>", text.trim()));
        let hook = Hook::by_name("xdp");
        hook.and_then(|hook| {
            let request = Request::new(Target::new(hook, KERNEL), LinkType::Ethernet);
            session.filter(id, &request).err()
        })
    };
    let shown = |d: &Diagnostic| (d.code, render(session.files(), d, Style::Plain));
    found.unwrap_or_default().iter().map(shown).collect()
}
