//! A crate imports lower floors only, and each library has one door.

use std::fs;

use nbpfc_tests::place::root;

/// Crate folder, floor, and the crates of its own floor that it may import.
const FLOORS: &[(&str, u32, &[&str])] = &[
    ("compiler/source", 0, &[]),
    ("compiler/isa", 1, &[]),
    ("compiler/btf", 1, &[]),
    ("compiler/kernel", 1, &["nbpfc-isa", "nbpfc-btf"]),
    ("compiler/object", 1, &["nbpfc-isa", "nbpfc-btf"]),
    ("stdlib", 0, &[]),
    ("compiler/ir", 2, &[]),
    ("compiler/complexity", 2, &[]),
    ("compiler/syntax", 2, &[]),
    ("runtime-loader/capture", 2, &[]),
    ("runtime-loader/loader", 2, &[]),
    ("runtime-loader/emulator", 3, &[]),
    ("compiler/opt", 3, &[]),
    ("compiler/codegen", 3, &[]),
    ("compiler/pcap", 3, &[]),
    ("compiler/sema", 4, &[]),
    ("compiler/lower", 5, &[]),
    ("compiler/driver", 6, &[]),
    ("compiler/cli", 7, &[]),
    ("fuzz/generate", 0, &[]),
    ("tests", 8, &[]),
];

/// Crates that must not see the compiler's middle: they judge what it makes.
const JUDGES: &[&str] =
    &["runtime-loader/loader", "runtime-loader/emulator", "compiler/complexity"];
const ACCUSED: &[&str] = &[
    "nbpfc-ir",
    "nbpfc-opt",
    "nbpfc-codegen",
    "nbpfc-pcap",
    "nbpfc-syntax",
    "nbpfc-sema",
    "nbpfc-lower",
];

/// Library and the crates that may name it among their dependencies.
const DOORS: &[(&str, &[&str])] = &[
    ("codespan-reporting", &["compiler/source"]),
    (
        "cranelift-entity",
        &["compiler/ir", "compiler/opt", "compiler/codegen", "compiler/sema", "compiler/lower"],
    ),
    ("rustc-hash", &["compiler/ir", "compiler/opt", "compiler/codegen"]),
    ("smallvec", &["compiler/ir", "compiler/opt"]),
    ("regalloc2", &["compiler/codegen"]),
    ("object", &["compiler/object"]),
    ("logos", &["compiler/pcap", "compiler/syntax"]),
    ("lalrpop", &["compiler/pcap", "compiler/syntax"]),
    ("lalrpop-util", &["compiler/pcap", "compiler/syntax"]),
    ("libc", &["runtime-loader/loader"]),
    ("rbpf", &["runtime-loader/loader"]),
    ("flate2", &["runtime-loader/capture", "runtime-loader/loader"]),
    ("clap", &["compiler/cli"]),
    ("indicatif", &["compiler/cli"]),
    ("mimalloc", &["compiler/cli", "tests"]),
    ("serde_json", &["compiler/cli"]),
    ("libtest-mimic", &["tests"]),
    ("pcap", &["tests"]),
    ("aya-obj", &["tests"]),
];

/// The names in `[dependencies]` and `[build-dependencies]` of a crate; what only its tests use
/// is free.
fn dependencies(folder: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap_or_default();
    let mut section = "";
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if matches!(section, "[dependencies]" | "[build-dependencies]") {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            if !name.is_empty() && !name.starts_with('#') {
                found.push(name.to_owned());
            }
        }
    }
    found
}

fn crate_name(folder: &str) -> String {
    match folder {
        "compiler/cli" => "nbpfc".to_owned(),
        _ => format!("nbpfc-{}", folder.rsplit('/').next().unwrap_or(folder)),
    }
}

pub(super) fn check() -> Vec<String> {
    let mut findings = Vec::new();
    for place in ["compiler", "runtime-loader"] {
        for entry in root().join(place).read_dir().into_iter().flatten().flatten() {
            let folder = format!("{place}/{}", entry.file_name().to_string_lossy());
            if !FLOORS.iter().any(|(known, ..)| *known == folder) {
                findings.push(format!("{folder} has no floor"));
            }
        }
    }
    for (folder, floor, beside) in FLOORS {
        for name in dependencies(folder) {
            let Some((other, other_floor, _)) =
                FLOORS.iter().find(|(other, ..)| crate_name(other) == name)
            else {
                continue;
            };
            if other_floor >= floor && !beside.contains(&name.as_str()) {
                findings.push(format!(
                    "{folder} (floor {floor}) imports {other} (floor {other_floor})"
                ));
            }
            if JUDGES.contains(folder) && ACCUSED.contains(&name.as_str()) {
                findings.push(format!("{folder} judges what {other} makes, and imports it"));
            }
        }
    }
    findings
}

pub(super) fn check_doors() -> Vec<String> {
    let mut findings = Vec::new();
    for (folder, ..) in FLOORS {
        for name in dependencies(folder) {
            match DOORS.iter().find(|(library, _)| *library == name) {
                Some((_, doors)) if !doors.contains(folder) => {
                    findings.push(format!("{folder} uses {name}, whose door is {doors:?}"));
                }
                None if !name.starts_with("nbpfc-") => {
                    findings.push(format!("{folder} uses {name}, which has no door"));
                }
                _ => {}
            }
        }
    }
    findings
}
