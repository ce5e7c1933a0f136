//! `lang-spec/errors.md`: every code has its section, whose examples are refused and compile as they
//! say.

use std::fs;
use std::process::Command;

use nbpfc_driver::{
    Build, Code, Diagnostic, File, Hook, LinkType, Request, Session, Style, Target, Version, render,
};
use nbpfc_tests::place::{Scratch, nbpfc, root};
use nbpfc_tests::property::Nowhere;

/// Codes of mistakes of the compiler's own: a text that shows one would be a test that fails.
const WITHOUT_EXAMPLES: &[&str] = &["E0403", "B0001"];

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
        if WITHOUT_EXAMPLES.contains(&code.as_str()) {
            if !kinds.is_empty() {
                wrong.push(format!("{code} has an example"));
            }
            continue;
        }
        if kinds != [false, true] {
            wrong.push(format!("{code} has not one example that is wrong, and one that is right"));
        }
        for (language, right, text) in examples {
            let (fine, said) = if language == "sh" {
                let (succeeds, said) = in_shell(text)?;
                let refused = !succeeds && said.contains(&format!("error[{code}]"));
                (if right { succeeds } else { refused }, said)
            } else {
                let found = compile(language, text);
                let (codes, shown): (Vec<Code>, Vec<String>) = found.into_iter().unzip();
                (if right { codes.is_empty() } else { codes.contains(code) }, shown.concat())
            };
            if !fine {
                wrong.push(format!("{code}, right: {right}:\n{text}{said}"));
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

/// Whether lines for a shell succeed, and what they say on standard error.
fn in_shell(text: &str) -> Result<(bool, String), String> {
    let (nbpfc, scratch) = (nbpfc()?, Scratch::new("explained")?);
    let folder = nbpfc.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", text])
        .env("PATH", format!("{folder}:{path}"))
        .current_dir(scratch.path())
        .output()
        .map_err(|error| format!("cannot run sh: {error}"))?;
    Ok((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// What is wrong with a program or filter, and with what its tests say.
fn compile(language: &str, text: &str) -> Vec<(Code, String)> {
    let mut session = Session::new(&Nowhere);
    let found = if language == "nbp" {
        let id = session.add_module(File::new("example.nbp", text));
        match session.module(id, &Build { tests: true, ..Build::new(KERNEL) }) {
            Ok(programs) => (0..programs.tests().count())
                .find_map(|index| session.test(id, &programs, index, None, None).err()),
            Err(found) => Some(found),
        }
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
