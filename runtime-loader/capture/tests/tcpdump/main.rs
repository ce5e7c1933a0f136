//! Reader and writer against tcpdump: the same bytes out for the same capture in, and
//! failure where tcpdump fails, after the same packets.
//!
//! Captures are those of `../shared/corpus/captures`, and variants of them: in the other
//! byte order, with another link type, damaged, cut short.

mod generate;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use nbpfc_capture::{
    Direction, Error, Header, InterfaceDescription, NgWriter, Precision, Reader, Writer,
};

use generate::{Random, pcapng, vary};

/// What came out, and what was wrong.
struct Outcome {
    written: Vec<u8>,
    complaint: Option<String>,
}

/// Whether tcpdump is there. Where it has to be, on the machine that checks every change,
/// its absence is a failure.
fn has_tcpdump() -> bool {
    let found = Command::new("tcpdump").arg("--version").output().is_ok();
    assert!(found || env::var("CI").as_deref() != Ok("true"), "tcpdump is not installed");
    if !found {
        println!("skipped: tcpdump is not installed");
    }
    found
}

/// The captures to compare on; `None`, with the reason printed, if something is missing.
fn captures() -> Option<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/captures");
    if !has_tcpdump() {
        return None;
    }
    if !root.is_dir() {
        println!("skipped: the corpus of captures is not here");
        return None;
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in fs::read_dir(&root).expect("the corpus is readable") {
        let folder = folder.expect("the corpus is readable").path();
        let entries = fs::read_dir(folder).expect("a folder of captures");
        files.extend(entries.map(|entry| entry.expect("the corpus is readable").path()));
    }
    files.sort();
    assert!(files.len() > 400, "the corpus has only {} captures", files.len());
    Some(files)
}

fn tcpdump(file: &Path) -> Outcome {
    let output = Command::new("tcpdump")
        .arg("-r")
        .arg(file)
        .args(["-w", "-"])
        .stdin(Stdio::null())
        .output()
        .expect("tcpdump runs");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Outcome { written: output.stdout, complaint: (!output.status.success()).then_some(complaint) }
}

fn ours(capture: &[u8]) -> Outcome {
    let mut written = Vec::new();
    let result = pass_through(capture, &mut written);
    Outcome { written, complaint: result.err().map(|error| error.to_string()) }
}

fn pass_through(capture: &[u8], output: &mut Vec<u8>) -> Result<(), Error> {
    let mut reader = Reader::new(capture)?;
    let mut writer = Writer::new(output, reader.header())?;
    let result = loop {
        match reader.next() {
            Ok(Some(packet)) => writer.write(&packet)?,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    writer.finish()?;
    result
}

/// How the two differ; `None` if they agree.
///
/// Link types that libpcap has no filter for stop tcpdump before it writes, even without a
/// filter. That is the filter compiler's business, not the file's.
fn difference(ours: &Outcome, theirs: &Outcome) -> Option<String> {
    if theirs.complaint.as_ref().is_some_and(|said| said.contains("unknown data link type")) {
        return None;
    }
    let mut text = String::new();
    if ours.complaint.is_some() != theirs.complaint.is_some() {
        let _ = write!(text, "we say {:?}, tcpdump {:?}; ", ours.complaint, theirs.complaint);
    }
    if ours.written != theirs.written {
        let same = ours.written.iter().zip(&theirs.written).take_while(|(a, b)| a == b).count();
        let (our_length, their_length) = (ours.written.len(), theirs.written.len());
        let _ = write!(text, "{our_length} bytes against {their_length}, differing at {same}");
    }
    (!text.is_empty()).then_some(text)
}

#[test]
fn every_capture_comes_out_as_tcpdump_writes_it() {
    let Some(files) = captures() else { return };
    let mut differences = String::new();
    for file in &files {
        let capture = fs::read(file).expect("a capture");
        if let Some(text) = difference(&ours(&capture), &tcpdump(file)) {
            let _ = writeln!(differences, "{}: {text}", file.display());
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

/// Compares on captures that `make` makes, as many as `count` or as the variable
/// `CAPTURE_VARIANTS` says. At least a tenth must be good and a tenth bad: a generator that
/// makes only one kind compares little.
fn compare_generated(name: &str, count: usize, mut make: impl FnMut(&mut Random) -> Vec<u8>) {
    let seed = 0x9e37_79b9_7f4a_7c15;
    let mut random = Random(seed);
    let count = env::var("CAPTURE_VARIANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(count);
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pcap"));
    let (mut differences, mut good, mut bad) = (String::new(), 0, 0);
    for number in 0..count {
        let capture = make(&mut random);
        fs::write(&place, &capture).expect("the test's own folder is writable");
        let (ours, theirs) = (ours(&capture), tcpdump(&place));
        *if theirs.complaint.is_none() { &mut good } else { &mut bad } += 1;
        if let Some(text) = difference(&ours, &theirs) {
            let kept = place.with_file_name(format!("{name}-{number}.pcap"));
            fs::write(&kept, &capture).expect("the test's own folder is writable");
            let _ = writeln!(differences, "{}: {text}", kept.display());
        }
    }
    assert!(differences.is_empty(), "seed {seed:#x}\n{differences}");
    assert!(good > count / 10 && bad > count / 10, "{good} good, {bad} bad");
}

#[test]
fn variants_come_out_as_tcpdump_writes_them() {
    let Some(files) = captures() else { return };
    let (ng, classic): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| file.extension().is_some_and(|name| name == "pcapng"));
    compare_generated("variant", 600, |random| {
        let pool = if random.one_in(3) { &ng } else { &classic };
        let mut capture = fs::read(&pool[random.below(pool.len())]).expect("a capture");
        vary(&mut capture, random);
        capture
    });
}

#[test]
fn made_up_pcapng_files_come_out_as_tcpdump_writes_them() {
    if has_tcpdump() {
        compare_generated("pcapng", 300, pcapng);
    }
}

/// What is written as pcapng is what tcpdump reads there.
#[test]
fn pcapng_is_read_by_tcpdump() {
    let Some(files) = captures() else { return };
    let scratch = env::temp_dir().join(format!("nbpfc-capture-ng-{}.pcapng", std::process::id()));
    let mut compared = 0;
    for file in files {
        let Ok(bytes) = fs::File::open(&file) else { continue };
        let Ok(mut reader) = Reader::with_precision(bytes, Precision::Nano) else { continue };
        let header = reader.header().clone();
        let description = InterfaceDescription {
            link_type: header.link_type,
            snapshot_length: header.snapshot_length,
            name: "test0",
            filter: "",
            comment: "",
        };
        // A link type without a number cannot be written; nor do pcapng files hold its flags.
        let Ok(mut ng) = NgWriter::new(Vec::new(), "nbpfc", &description) else { continue };
        let mut plain = Writer::new(Vec::new(), &Header { link_flags: 0, ..header })
            .expect("the same link type");
        // Packets whose time is none that a 64-bit count of nanoseconds has are left out.
        while let Ok(Some(packet)) = reader.next() {
            let sound = (0..4_000_000_000).contains(&packet.seconds)
                && (0..1_000_000_000).contains(&packet.fraction);
            if sound {
                ng.write(&packet, Some(Direction::Inbound)).expect("room");
                plain.write(&packet).expect("room");
            }
        }
        fs::write(&scratch, ng.finish().expect("room")).expect("a temporary file");
        let output = Command::new("tcpdump")
            .arg("-r")
            .arg(&scratch)
            .args(["--nano", "-w", "-"])
            .stderr(Stdio::null())
            .output()
            .expect("tcpdump runs");
        assert_eq!(output.stdout, plain.finish().expect("room"), "{}", file.display());
        compared += 1;
    }
    let _ = fs::remove_file(&scratch);
    assert!(compared > 300, "only {compared} captures were compared");
}
