//! Tests that stand beside programs: that they hold, and that the packets they are run on are what
//! somebody else makes of the same words.

use nbpfc_driver::{Build, File, Outcome, Programs, Runner, Session, Style, render};
use nbpfc_emulator::Packet;
use nbpfc_source::FileId;
use nbpfc_tests::property::{KERNEL, Nowhere};

use super::{Beside, frame};

/// A packet as [`frame`] has it, and as a test says it.
const PACKETS: &[(&str, &str)] = &[
    (
        "ethernet(dst=00:00:00:00:00:00, src=00:00:00:00:00:00) / ipv4(src=10.0.0.1, dst=10.0.0.2) / tcp(src_port=0, dst_port=23, seq=0, window=0)",
        "ethernet / ipv4(src = 10.0.0.1, dst = 10.0.0.2) / tcp(dst_port = 23)",
    ),
    (
        "ethernet(dst=02:00:00:00:00:02, src=02:00:00:00:00:01) / vlan(vid=5, priority=3) / ipv6 / udp(src_port=1, dst_port=53) / \"payload\"",
        "ethernet(dst = 02:00:00:00:00:02, src = 02:00:00:00:00:01) / vlan(vid = 5, priority = 3) / ipv6(src = 2001:db8::1, dst = 2001:db8::2) / udp(src_port = 1, dst_port = 53) / \"payload\"",
    ),
    (
        "ethernet / ipv4(df, ttl=3, dscp=46) / icmp / \"odd\"",
        "ethernet(dst = 02:00:00:00:00:02, src = 02:00:00:00:00:01) / ipv4(src = 10.0.0.1, dst = 10.0.0.2, df = true, ttl = 3, dscp = 46) / icmp(type = 8) / \"odd\"",
    ),
    (
        "ethernet / ipv6(flow_label=74565) / icmpv6 / \"0123\"",
        "ethernet(dst = 02:00:00:00:00:02, src = 02:00:00:00:00:01) / ipv6(src = 2001:db8::1, dst = 2001:db8::2, flow_label = 0x12345) / icmpv6(type = 128) / \"0123\"",
    ),
    (
        "ethernet / arp",
        "ethernet(dst = 02:00:00:00:00:02, src = 02:00:00:00:00:01) / arp(operation = 1, sender_mac = 02:00:00:00:00:01, sender = 10.0.0.1, target = 10.0.0.2)",
    ),
    (
        "ethernet / ipv4 / ipv4 / udp(checksum=0)",
        "ethernet(dst = 02:00:00:00:00:02, src = 02:00:00:00:00:01) / ipv4(src = 10.0.0.1, dst = 10.0.0.2) / ipv4(src = 10.0.0.1, dst = 10.0.0.2) / udp(src_port = 40000, dst_port = 53, checksum = 0)",
    ),
    (
        "ethernet / ipv6 / ext(size=1) / ipv4 / tcp(syn, ack)",
        "ethernet(dst = 02:00:00:00:00:02, src = 02:00:00:00:00:01) / ipv6(src = 2001:db8::1, dst = 2001:db8::2, next_header = 60) / ipv6_extension(size = 1) / ipv4(src = 10.0.0.1, dst = 10.0.0.2) / tcp(src_port = 40000, dst_port = 80, seq = 1, window = 1000, syn = true, ack = true)",
    ),
];

fn compile(
    session: &mut Session<'static>,
    text: &str,
    optimise: bool,
) -> Result<(FileId, Programs), String> {
    let id = session.add_module(File::new("case.nbp", text));
    let build = Build { optimise, tests: true, ..Build::new(KERNEL) };
    match session.module(id, &build) {
        Ok(programs) => Ok((id, programs)),
        Err(found) => Err(found.iter().map(|d| render(session.files(), d, Style::Plain)).collect()),
    }
}

/// The tests of a case hold, before and behind the optimiser.
pub(super) fn hold(text: &str) -> Result<(), String> {
    for optimise in [false, true] {
        let mut session = Session::new(&Beside);
        let (id, programs) = compile(&mut session, text, optimise)?;
        for (index, name) in programs.tests().enumerate() {
            let found = session.test(id, &programs, index, None, None).err().unwrap_or_default();
            let shown: String =
                found.iter().map(|d| render(session.files(), d, Style::Plain)).collect();
            if !found.is_empty() {
                return Err(format!("{name}, optimised: {optimise}:\n{shown}"));
            }
        }
    }
    Ok(())
}

/// Notes what it is to run.
#[derive(Default)]
struct Recorder {
    packets: Vec<Vec<u8>>,
}

impl Runner for Recorder {
    fn name(&self) -> &'static str {
        "nobody"
    }

    fn run(&mut self, _: usize, packet: &Packet<'_>) -> Result<Option<Outcome>, String> {
        self.packets.push(packet.data.to_vec());
        Err("this is enough".to_owned())
    }

    fn get(&mut self, _: usize, _: &[u8]) -> Result<Option<Vec<u8>>, String> {
        Ok(None)
    }

    fn has(&mut self, _: usize, _: &[u8]) -> Result<bool, String> {
        Ok(false)
    }

    fn set(&mut self, _: usize, _: &[u8], _: &[u8]) -> Result<bool, String> {
        Ok(true)
    }

    fn event(&mut self, _: usize) -> Result<Option<Vec<u8>>, String> {
        Ok(None)
    }

    fn advance(&mut self, _: u64) -> Result<(), String> {
        Ok(())
    }
}

/// Packets of tests are the bytes that somebody else makes of the same words.
pub(super) fn packets() -> Result<(), String> {
    for (words, said) in PACKETS {
        let text = format!(
            "program p(pkt) on xdp otherwise pass {{}}\ntest \"one\" {{ run p with {said}; }}\n"
        );
        let mut session = Session::new(&Nowhere);
        let (id, programs) = compile(&mut session, &text, true)?;
        let mut recorder = Recorder::default();
        let _ = session.test(id, &programs, 0, Some(&mut recorder), None);
        let wanted = frame::bytes(words)?;
        if recorder.packets.first() != Some(&wanted) {
            return Err(format!("`{said}`: {:02x?}, not {wanted:02x?}", recorder.packets.first()));
        }
    }
    Ok(())
}
