//! The cases in `cases/`: a function, then what becomes of it. `BLESS=1` writes what does.
//!
//! A section begins with `--- ` and a hook, a level and a kernel, as in `--- xdp v3 6.1`, or with
//! `--- classic`.

use std::fmt::Write as _;
use std::path::Path;

use nbpfc_ir::{Function, validate_function};
use nbpfc_isa::{Level, disassemble};
use nbpfc_kernel::{Hook, Target};

use crate::{cbpf, ebpf};

fn target(words: &[&str]) -> Target {
    let [hook, level, kernel] = words else { panic!("a hook, a level and a kernel: {words:?}") };
    let level = match *level {
        "v1" => Level::V1,
        "v2" => Level::V2,
        "v3" => Level::V3,
        _ => Level::V4,
    };
    let hook = Hook::by_name(hook).unwrap_or_else(|| panic!("no hook {hook}"));
    Target { hook, kernel: kernel.parse().expect("a kernel"), level }
}

/// What becomes of a function by a section's first line.
fn output(function: &Function, heading: &str) -> String {
    let words: Vec<&str> = heading.split_whitespace().collect();
    let mut text = String::new();
    if words == ["classic"] {
        match cbpf::compile_function(function) {
            Ok(insns) => insns.iter().enumerate().for_each(|(at, i)| {
                let _ = writeln!(text, "{at:4}: {:#04x} {} {} {:#x}", i.code, i.jt, i.jf, i.k);
            }),
            Err(error) => text = format!("error: {error}\n"),
        }
        return text;
    }
    match ebpf::compile_function(function, &target(&words)) {
        Ok(code) => {
            for (at, insn) in disassemble(&code.insns) {
                let _ = writeln!(text, "{at:4}: {insn}");
            }
        }
        Err(error) => text = format!("error: {error}\n"),
    }
    text
}

/// The case as it should be.
fn blessed(name: &str, text: &str) -> String {
    let mut sections = text.split("\n--- ");
    let source = sections.next().unwrap_or_default();
    let function: Function = source.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
    validate_function(&function).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let mut new = source.trim_end().to_owned();
    for section in sections {
        let heading = section.lines().next().unwrap_or_default();
        let _ = write!(new, "\n\n--- {heading}\n{}", output(&function, heading).trim_end());
    }
    new.push('\n');
    new
}

#[test]
fn cases_become_what_they_say() {
    let mut cases = 0;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    for entry in std::fs::read_dir(folder).expect("the cases") {
        let path = entry.expect("a case").path();
        let name = path.display().to_string();
        let old = std::fs::read_to_string(&path).expect("a text");
        let new = blessed(&name, &old);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &new).expect("a case written");
        } else {
            assert_eq!(old, new, "{name}; run with BLESS=1 to accept");
        }
        cases += 1;
    }
    assert!(cases > 0);
}
