//! `nbpfc -r in -w out` beside `tcpdump -r in -w out`: the same bytes, on every capture.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nbpfc_driver::LinkType;
use nbpfc_tests::packets;
use nbpfc_tests::place::{Scratch, corpus, files_below, nbpfc, root};
use nbpfc_tests::requires::Need;

use crate::Test;

/// Expressions that have a meaning on every link type, and some that all but IP-only ones have.
const EXPRESSIONS: &[&str] = &[
    "",
    "tcp port 80 or udp",
    "not ip",
    "greater 90",
    "ip6 or len < 70",
    "ip[8] < 100 and not icmp",
];

pub(crate) fn tests() -> Vec<Test> {
    let needs = [Need::Tool("tcpdump")];
    vec![Test::new("offline::writes_what_tcpdump_writes", &needs, writes_what_tcpdump_writes)]
}

fn captures() -> Vec<PathBuf> {
    let mut folders = vec![root().join("examples")];
    folders.extend(corpus().map(|corpus| corpus.join("captures")));
    let all = folders.iter().flat_map(|folder| files_below(folder));
    all.filter(|p| p.extension().is_some_and(|e| e == "pcap" || e == "pcapng")).collect()
}

fn run(program: &Path, arguments: &[&str]) -> Result<Output, String> {
    let output = Command::new(program).args(arguments).output();
    output.map_err(|error| format!("{}: {error}", program.display()))
}

fn writes_what_tcpdump_writes() -> Result<(), String> {
    let program = nbpfc()?;
    let scratch = Scratch::new("offline")?;
    let (ours, theirs) = (scratch.path().join("ours"), scratch.path().join("theirs"));
    let mut compared = 0;
    for (number, path) in captures().iter().enumerate() {
        let Some((dlt, _)) = packets::read(path) else { continue };
        if !filtered(dlt) {
            continue;
        }
        for turn in 0..2 {
            let expression = EXPRESSIONS[(number + 3 * turn) % EXPRESSIONS.len()];
            let _ = (fs::remove_file(&ours), fs::remove_file(&theirs));
            let (input, out) = (path.display().to_string(), ours.display().to_string());
            let us = run(&program, &["-e", expression, "-r", &input, "-w", &out])?;
            let out = theirs.display().to_string();
            let them = run(Path::new("tcpdump"), &["-r", &input, "-w", &out, expression])?;
            if us.status.success() != them.status.success() {
                let said = String::from_utf8_lossy(&us.stderr).into_owned();
                return Err(format!(
                    "{input} `{expression}`: {} and {}: {said}",
                    us.status, them.status
                ));
            }
            if fs::read(&ours).ok() != fs::read(&theirs).ok() {
                return Err(format!("{input} `{expression}`: other bytes"));
            }
            compared += 1;
        }
    }
    println!("{compared} captures written alike");
    if compared == 0 { Err("no captures".to_owned()) } else { Ok(()) }
}

/// Link types that libpcap 1.10, with which tcpdump may be linked, filters otherwise than 1.11, or
/// not at all.
const CHANGED: &[LinkType] = &[
    LinkType::Arcnet,
    LinkType::ArcnetLinux,
    LinkType::BacnetMsTp,
    LinkType::DsaTagBrcm,
    LinkType::DsaTagDsa,
];

/// Whether packets of this `DLT_` number can be filtered, and are by tcpdump in the same way.
fn filtered(dlt: u32) -> bool {
    let linktype = nbpfc_capture::LinkType::from_dlt(dlt).to_linktype();
    linktype
        .map(LinkType::from_number)
        .is_some_and(|link| !matches!(link, LinkType::Other(_)) && !CHANGED.contains(&link))
}
