//! Reader and writer against tcpdump: the same bytes out for the same capture in, and
//! failure where tcpdump fails, after the same packets.
//!
//! Captures are those of `../shared/corpus/captures`, and variants of them: in the other
//! byte order, with another link type, damaged, cut short.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use nbpfc_capture::{Error, Reader, Writer};

/// What came out, and what was wrong.
struct Outcome {
    written: Vec<u8>,
    complaint: Option<String>,
}

/// The captures to compare on; `None`, with the reason printed, if something is missing.
fn captures() -> Option<Vec<PathBuf>> {
    let missing = |what: &str| {
        assert!(env::var("CI").as_deref() != Ok("true"), "{what}");
        println!("skipped: {what}");
        None
    };
    if Command::new("tcpdump").arg("--version").output().is_err() {
        return missing("tcpdump is not installed");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/captures");
    if !root.is_dir() {
        println!("skipped: there is no {}", root.display());
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

/// Marsaglia's xorshift: the same variants on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.next().is_multiple_of(chances)
    }
}

/// Turns the numbers of a little-endian pcap file around, and leaves the packets.
fn other_order(capture: &mut [u8]) {
    for (at, length) in [(0, 4), (4, 2), (6, 2), (8, 4), (12, 4), (16, 4), (20, 4)] {
        capture[at..at + length].reverse();
    }
    let mut rest = &mut capture[24..];
    while rest.len() >= 16 {
        let length = u32::from_le_bytes([rest[8], rest[9], rest[10], rest[11]]) as usize;
        for word in rest[..16].chunks_exact_mut(4) {
            word.reverse();
        }
        let end = (16 + length).min(rest.len());
        rest = &mut rest[end..];
    }
}

/// Link types whose packets depend on the writer's byte order, have other limits, or are
/// numbered differently in files.
const LINKTYPES: [u32; 16] =
    [113, 117, 189, 220, 239, 276, 12, 14, 101, 102, 106, 231, 249, 279, 0x1400_0001, 400];

/// A variant of a capture. Most changes are near the beginning, where the headers are.
fn vary(capture: &mut Vec<u8>, random: &mut Random) {
    let little_pcap = capture.len() >= 24
        && [[0xd4, 0xc3, 0xb2, 0xa1], [0x4d, 0x3c, 0xb2, 0xa1]]
            .contains(&[capture[0], capture[1], capture[2], capture[3]]);
    if little_pcap {
        if random.one_in(3) {
            let linktype = LINKTYPES[random.below(LINKTYPES.len())];
            capture[20..24].copy_from_slice(&linktype.to_le_bytes());
        }
        if random.one_in(4) {
            let magic: u32 = [0xa1b2_3c4d, 0xa1b2_cd34][random.below(2)];
            capture[..4].copy_from_slice(&magic.to_le_bytes());
        }
        if random.one_in(4) {
            capture[6] = random.below(6) as u8;
        }
        if random.one_in(4) {
            let snapshot_length = [0, 1, 20, 64, 300_000, u32::MAX][random.below(6)];
            capture[16..20].copy_from_slice(&snapshot_length.to_le_bytes());
        }
        if random.one_in(2) {
            other_order(capture);
        }
    }
    for _ in 0..random.below(4) {
        let reach = if random.one_in(2) { capture.len() } else { capture.len().min(160) };
        let at = random.below(reach);
        capture[at] = match random.below(3) {
            0 => random.next() as u8,
            1 => capture[at] ^ 1 << random.below(8),
            _ => [0, 1, 4, 0x7f, 0x80, 0xff][random.below(6)],
        };
    }
    if random.one_in(4) {
        capture.truncate(random.below(capture.len()));
    }
}

#[test]
fn variants_come_out_as_tcpdump_writes_them() {
    let Some(mut files) = captures() else { return };
    // Opening tcpdump takes most of the time: the pcapng files twice, the others in part.
    let seed = 0x9e37_79b9_7f4a_7c15;
    println!("seed {seed:#x}");
    let mut random = Random(seed);
    let (ng, classic): (Vec<_>, Vec<_>) =
        files.drain(..).partition(|file| file.extension().is_some_and(|name| name == "pcapng"));
    let count = env::var("CAPTURE_VARIANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(600);
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("variant.pcap");
    let (mut differences, mut accepted, mut refused) = (String::new(), 0, 0);
    for number in 0..count {
        let pool = if random.one_in(3) { &ng } else { &classic };
        let file = &pool[random.below(pool.len())];
        let mut capture = fs::read(file).expect("a capture");
        vary(&mut capture, &mut random);
        fs::write(&place, &capture).expect("the test's own folder is writable");
        let (ours, theirs) = (ours(&capture), tcpdump(&place));
        *if theirs.complaint.is_none() { &mut accepted } else { &mut refused } += 1;
        if let Some(text) = difference(&ours, &theirs) {
            let _ = writeln!(differences, "variant {number} of {}: {text}", file.display());
            let kept = place.with_file_name(format!("variant-{number}.pcap"));
            fs::write(kept, &capture).expect("the test's own folder is writable");
        }
    }
    assert!(differences.is_empty(), "seed {seed:#x}\n{differences}");
    // A generator that makes only good or only bad captures compares nothing.
    assert!(accepted > count / 10 && refused > count / 10, "{accepted} good, {refused} bad");
}
