//! What must hold of every expression and packet; tests and fuzzers feed it.

use std::sync::LazyLock;

use nbpfc_driver::{
    Code, Diagnostic, File, FileId, Files, Hook, LinkType, Matches, Names, NotOffline, Request,
    Session, Tables, Target, Version, World,
};
use nbpfc_emulator::{Engine, Error, ErrorKind};
use nbpfc_generate::{Choices, expression, packet};
use nbpfc_ir::interpret;

use crate::classic;

/// A world without files, whose names are the tables of the front end's own cases: results depend
/// on the expression alone.
#[derive(Debug)]
pub struct Nowhere;

static NAMES: LazyLock<Tables> = LazyLock::new(|| {
    Tables::default()
        .with_hosts(include_str!("../../compiler/pcap/cases/etc/hosts"))
        .with_ethers(include_str!("../../compiler/pcap/cases/etc/ethers"))
        .with_networks(include_str!("../../compiler/pcap/cases/etc/networks"))
        .with_services(include_str!("../../compiler/pcap/cases/etc/services"))
        .with_protocols(include_str!("../../compiler/pcap/cases/etc/protocols"))
});

impl World for Nowhere {
    fn read(&self, path: &std::path::Path, _: usize) -> std::io::Result<Vec<u8>> {
        Err(std::io::Error::new(std::io::ErrorKind::NotFound, path.display().to_string()))
    }

    fn names(&self) -> &dyn Names {
        &*NAMES
    }
}

/// The newest kernel that tests compile for.
pub const KERNEL: Version = Version::new(6, 12);

/// Compiles any bytes as an expression.
///
/// # Panics
/// If a diagnostic does not point into the text: what fuzzers look for.
pub fn text_is_handled(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("fuzz", text.as_ref()));
    // Without a byte order mark.
    let text = session.files().get(id).text();
    for hook in ["xdp", "socket", "cgroup_skb"] {
        let Some(hook) = Hook::by_name(hook) else { continue };
        let request = Request::new(Target::new(hook, KERNEL), LinkType::Ethernet);
        for diagnostic in session.filter(id, &request).err().unwrap_or_default() {
            assert!(!diagnostic.message.is_empty());
            for label in diagnostic.primary.iter().chain(&diagnostic.labels) {
                assert!(text.get(label.span.range()).is_some(), "{diagnostic:?}");
            }
        }
    }
}

/// Reads any bytes as a module.
///
/// # Panics
/// If a diagnostic does not point into the text: what fuzzers look for.
pub fn module_is_handled(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut files = Files::default();
    let id = files.add(File::new("fuzz.nbp", text.as_ref()));
    let (_, found) = nbpfc_syntax::parse(files.get(id), id);
    for diagnostic in found {
        assert!(!diagnostic.message.is_empty());
        for label in diagnostic.primary.iter().chain(&diagnostic.labels) {
            assert!(files.get(id).text().get(label.span.range()).is_some(), "{diagnostic:?}");
        }
    }
}

/// The link type of the packets that the generators make.
pub const fn link_type(ethernet: bool) -> LinkType {
    if ethernet { LinkType::Ethernet } else { LinkType::Raw }
}

/// The `DLT_` number of the same.
pub const fn dlt(ethernet: bool) -> i32 {
    if ethernet { 1 } else { 12 }
}

/// Makes an expression and a few packets from a fuzzer's bytes, and compares all stages.
///
/// # Errors
/// Which stages disagree about what.
pub fn stages_agree(bytes: &[u8]) -> Result<(), String> {
    let mut choices = Choices::Bytes(bytes);
    let ethernet = !choices.one_in(3);
    let text = expression(&mut choices, ethernet);
    let packets: Vec<_> = (0..4).map(|_| packet(&mut choices, ethernet)).collect();
    agree(&text, ethernet, &packets).map(|_| ())
}

/// Whether libpcap's message is about its own limits rather than the expression's meaning.
fn excused(message: &str) -> bool {
    // libpcap takes the index of an accessor on the right for a constant right side.
    ["shift by more than", "division by zero", "modulus by zero"]
        .iter()
        .any(|m| message.contains(m))
}

/// The ways to read packets and to answer: socket filters that drop what matches cannot use loads
/// that end the program with 0.
const WAYS: &[(&str, Matches)] = &[
    ("xdp", Matches::Pass),
    ("xdp.frags", Matches::Pass),
    ("tc", Matches::Drop),
    ("socket", Matches::Pass),
    ("socket", Matches::Drop),
    ("cgroup_skb", Matches::Pass),
];

/// Compares, for one expression: unoptimised libpcap, the lowered IR, and the compiled programs
/// of every way of reading packets on both engines. Gives the number of (packet, verdict) pairs, 0
/// for what is refused.
///
/// # Errors
/// Which stages disagree about what.
pub fn agree(text: &str, ethernet: bool, packets: &[Vec<u8>]) -> Result<u64, String> {
    let oracle = classic::libpcap(text, dlt(ethernet), false);
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", text));
    let xdp = Hook::by_name("xdp").ok_or("no xdp hook")?;
    let request = Request::new(Target::new(xdp, KERNEL), link_type(ethernet));
    let lowered = session.lower(id, &request, 1, 0);
    let (oracle, lowered) = match (oracle, lowered) {
        (Ok(oracle), Ok(lowered)) => (oracle, lowered),
        (Err(_), Err(_)) => return Ok(0),
        (Err(message), Ok(_)) if excused(&message) => return Ok(0),
        (Err(message), Ok(_)) => return Err(format!("`{text}`: libpcap refuses it: {message}")),
        // libpcap 1.11 finds more filters that can never match than 1.10 does.
        (Ok(oracle), Err(found)) if found.iter().all(|d| d.code == Code::RejectsAll) => {
            let matched = |p: &Vec<u8>| classic::run(&oracle, p, p.len() as u32).value != 0;
            let wrong = format!("`{text}`: refused as never matching, and it matches");
            return if packets.iter().any(matched) { Err(wrong) } else { Ok(0) };
        }
        (Ok(_), Err(found)) => {
            return Err(format!("`{text}`: libpcap accepts it: {}", first(&found)));
        }
    };
    let expected: Vec<bool> = packets
        .iter()
        .map(|data| classic::run(&oracle, data, data.len() as u32).value != 0)
        .collect();
    let Some(function) = lowered.functions.first() else { return Err("no function".to_owned()) };
    compare(text, "the IR", packets, &expected, |data| interpreted(function, data))?;
    let compiled = compiled_agrees(text, &session, id, &request, packets, &expected)?;
    Ok(if compiled { packets.len() as u64 } else { 0 })
}

/// Compares, for one expression on one link type: the lowered IR, and the compiled programs of every
/// way of reading packets on both engines. Gives the number of (packet, verdict) pairs, 0 for what
/// the link type does not have.
///
/// # Errors
/// Which stages disagree about what.
pub fn stages_agree_on(
    link_type: LinkType,
    strict_ipv6: bool,
    text: &str,
    packets: &[Vec<u8>],
) -> Result<u64, String> {
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", text));
    let xdp = Hook::by_name("xdp").ok_or("no xdp hook")?;
    let request = Request { strict_ipv6, ..Request::new(Target::new(xdp, KERNEL), link_type) };
    let lowered = match session.lower(id, &request, 1, 0) {
        Ok(lowered) => lowered,
        Err(found) if found.iter().all(|d| d.code != Code::Bug) => return Ok(0),
        Err(found) => return Err(format!("`{text}` on {link_type}: {}", first(&found))),
    };
    let Some(function) = lowered.functions.first() else { return Err("no function".to_owned()) };
    let expected: Result<Vec<bool>, String> =
        packets.iter().map(|data| interpreted(function, data)).collect();
    let compiled = compiled_agrees(text, &session, id, &request, packets, &expected?)
        .map_err(|what| format!("{link_type}: {what}"))?;
    Ok(if compiled { packets.len() as u64 } else { 0 })
}

/// Whether a packet matches, as the IR has it.
fn interpreted(function: &nbpfc_ir::Function, data: &[u8]) -> Result<bool, String> {
    let length = data.len() as u32;
    let packet = nbpfc_ir::Packet { data, length, interface: 0, packet_type: 0, tag: None };
    interpret(function, &packet, 1 << 20).map(|v| v == 1).map_err(|trap| trap.to_string())
}

/// Compares what is compiled with what is expected; `false` if it is too much for some verifier,
/// as a few random ones are.
fn compiled_agrees(
    text: &str,
    session: &Session<'_>,
    id: FileId,
    request: &Request,
    packets: &[Vec<u8>],
    expected: &[bool],
) -> Result<bool, String> {
    let ours = session.classic(id, request);
    match ours {
        Ok(ours) => {
            let ours: Vec<_> = ours
                .iter()
                .map(|i| classic::Classic { code: i.code, jt: i.jt, jf: i.jf, k: i.k })
                .collect();
            compare(text, "our classic code", packets, expected, |data| {
                Ok(classic::run(&ours, data, data.len() as u32).value != 0)
            })?;
        }
        // Classic BPF has no loops, and few slots.
        Err(found) if found.iter().all(|d| d.code != Code::Bug) => {}
        Err(found) => return Err(format!("`{text}`: classic: {}", first(&found))),
    }
    for (hook, matches) in WAYS {
        let hook = Hook::by_name(hook).ok_or("no such hook")?;
        let request = Request { target: Target::new(hook, KERNEL), matches: *matches, ..*request };
        let filter = match session.filter(id, &request) {
            Ok(filter) => filter,
            Err(found) if found.iter().all(|d| d.code == Code::TooComplex) => return Ok(false),
            Err(found) => return Err(format!("`{text}` on {}: {}", hook.name, first(&found))),
        };
        for engine in [Engine::Checked, Engine::Native] {
            let mut machine = match filter.machine(Some(engine)) {
                Ok(machine) => machine,
                Err(NotOffline::Program(Error { kind: ErrorKind::NotNative(_), .. })) => continue,
                Err(error) => return Err(format!("`{text}` on {}: {error}", hook.name)),
            };
            let stage = format!("{} ({matches:?}) on the {engine:?} engine", hook.name);
            compare(text, &stage, packets, expected, |data| {
                let verdict = machine.run(&nbpfc_emulator::Packet::new(data));
                verdict.map(|v| v == filter.accept).map_err(|fault| fault.to_string())
            })?;
        }
    }
    Ok(true)
}

fn first(found: &[Diagnostic]) -> String {
    found.first().map_or_else(String::new, |d| format!("{}: {}", d.code, d.message))
}

fn compare(
    text: &str,
    stage: &str,
    packets: &[Vec<u8>],
    expected: &[bool],
    mut run: impl FnMut(&[u8]) -> Result<bool, String>,
) -> Result<(), String> {
    for (data, expected) in packets.iter().zip(expected) {
        let actual = run(data);
        if actual.as_ref() != Ok(expected) {
            return Err(format!(
                "`{text}`: {expected} is right, {stage} says {actual:?} of {data:02x?}"
            ));
        }
    }
    Ok(())
}
