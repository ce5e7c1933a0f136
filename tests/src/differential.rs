//! All stages compared with libpcap and with each other.

use std::collections::BTreeMap;

use nbpfc_driver::{Code, Diagnostic, File, Hook, LinkType, Request, Session, Target};
use nbpfc_emulator::{Engine, Packet};
use nbpfc_generate::{Choices, expression, expression_on, expression_with_list, packet};
use nbpfc_tests::classic::{self, Classic};
use nbpfc_tests::expressions::expressions;
use nbpfc_tests::packets::{self, Captured};
use nbpfc_tests::property::{KERNEL, Nowhere, agree, dlt, link_type, stages_agree_on};

use crate::Test;

/// Random (expression, packet) pairs are made in so many tests, to use every core.
const SHARDS: u64 = 8;
const EXPRESSIONS: u64 = 800;
const PACKETS: u64 = 180;
/// Lists take longer.
const LIST_SHARDS: u64 = 4;
const LISTS: u64 = 25;

pub(crate) fn tests() -> Vec<Test> {
    let random = (0..SHARDS).map(|shard| {
        Test::new(format!("differential::random_{shard}"), &[], move || random(shard))
    });
    let mut tests: Vec<_> = random.collect();
    let lists = (0..LIST_SHARDS)
        .map(|shard| Test::new(format!("differential::lists_{shard}"), &[], move || lists(shard)));
    tests.extend(lists);
    tests.push(Test::new("differential::link_types", &[], link_types));
    tests.push(Test::new("differential::corpus_ethernet", &[], || corpus(true)));
    tests.push(Test::new("differential::corpus_network", &[], || corpus(false)));
    tests
}

/// libpcap, the IR, classic code and both engines on every way to read packets agree.
fn random(shard: u64) -> Result<(), String> {
    let mut pairs = 0;
    for number in 0..EXPRESSIONS {
        let seed = shard * EXPRESSIONS + number;
        let mut choices = Choices::seeded(seed);
        let ethernet = !choices.one_in(3);
        let text = expression(&mut choices, ethernet);
        let packets: Vec<_> = (0..PACKETS).map(|_| packet(&mut choices, ethernet)).collect();
        pairs += agree(&text, ethernet, &packets).map_err(|what| format!("seed {seed}: {what}"))?;
    }
    if pairs < EXPRESSIONS * PACKETS * 9 / 10 {
        return Err(format!(
            "only {pairs} pairs: the generator makes too much that does not compile"
        ));
    }
    println!("{pairs} pairs");
    Ok(())
}

/// As [`random`], of long lists of addresses and ports.
fn lists(shard: u64) -> Result<(), String> {
    let mut pairs = 0;
    for number in 0..LISTS {
        let seed = (1 << 32) + shard * LISTS + number;
        let mut choices = Choices::seeded(seed);
        let ethernet = !choices.one_in(4);
        let text = expression_with_list(&mut choices, ethernet);
        let packets: Vec<_> = (0..PACKETS).map(|_| packet(&mut choices, ethernet)).collect();
        pairs += agree(&text, ethernet, &packets).map_err(|what| format!("seed {seed}: {what}"))?;
    }
    println!("{pairs} pairs");
    if pairs < LISTS * PACKETS * 8 / 10 { Err(format!("only {pairs} pairs")) } else { Ok(()) }
}

/// On every link type, what is compiled agrees with the IR that is written down first.
fn link_types() -> Result<(), String> {
    let mut pairs = 0;
    for link_type in LinkType::ALL {
        for seed in 0..20 {
            let mut choices = Choices::seeded(seed << 16 | u64::from(link_type.number()));
            let text = expression_on(&mut choices, link_type.name());
            // On most, an Ethernet frame with other first bytes is as good as any packet.
            let packets: Vec<_> = (0..20u8)
                .map(|number| {
                    let mut packet = packet(&mut choices, *link_type != LinkType::Raw);
                    if matches!(link_type, LinkType::Ethernet | LinkType::Raw) {
                        return packet;
                    }
                    let front = choices.below(16) as usize;
                    packet.splice(..front.min(packet.len()), [number, number % 4]);
                    packet
                })
                .collect();
            pairs += stages_agree_on(*link_type, seed % 2 == 1, &text, &packets)?;
        }
    }
    println!("{pairs} pairs");
    if pairs < 5000 { Err(format!("only {pairs} pairs")) } else { Ok(()) }
}

/// How optimised libpcap came to differ from unoptimised libpcap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Difference {
    /// The optimiser removed a load that is out of bounds in this packet.
    ShortPacket,
    /// Anything else is wrong code.
    WrongCode,
}

/// Every expression of the corpus on every packet of its captures: the compiled program gives
/// unoptimised libpcap's verdict.
fn corpus(ethernet: bool) -> Result<(), String> {
    let frames = packets::ethernet();
    let packets = if ethernet { frames } else { packets::network(&frames) };
    let hook = Hook::by_name("xdp.frags").ok_or("no such hook")?;
    let (mut compared, mut refused) = (0u64, 0);
    let mut differences = BTreeMap::new();
    for text in expressions(if ethernet { "EN10MB" } else { "RAW" }) {
        let Ok(oracle) = classic::libpcap(&text, dlt(ethernet), false) else {
            // Names that only the tests know, and newer words.
            refused += 1;
            continue;
        };
        let optimised =
            classic::libpcap(&text, dlt(ethernet), true).unwrap_or_else(|_| oracle.clone());
        let mut session = Session::new(&Nowhere);
        let id = session.add(File::new("<expression>", text.as_str()));
        let request = Request::new(Target::new(hook, KERNEL), link_type(ethernet));
        let filter = match session.filter(id, &request) {
            Ok(filter) => filter,
            Err(found) if known_refusal(&text, &found) => {
                refused += 1;
                continue;
            }
            Err(found) => return Err(format!("`{text}`: {found:?}")),
        };
        let mut machine =
            filter.machine(Some(Engine::Native)).map_err(|e| format!("`{text}`: {e}"))?;
        for captured in &packets {
            let expected = verdict(&oracle, captured);
            let packet = Packet { length: captured.length, ..Packet::new(&captured.data) };
            let actual = machine.run(&packet).map_err(|fault| format!("`{text}`: {fault}"))?;
            if (actual == filter.accept) != expected.matched && !known_difference(&text) {
                return Err(format!(
                    "`{text}`: libpcap says {}, of {captured:02x?}",
                    expected.matched
                ));
            }
            if verdict(&optimised, captured).matched != expected.matched {
                let kind =
                    if expected.aborted { Difference::ShortPacket } else { Difference::WrongCode };
                *differences.entry(kind).or_insert(0u64) += 1;
            }
            compared += 1;
        }
    }
    println!(
        "{compared} verdicts; {refused} expressions that this libpcap refuses; optimised libpcap: {differences:?}"
    );
    Ok(())
}

/// What libpcap 1.10 takes and 1.11, whose rules are ours, does not.
fn known_refusal(text: &str, found: &[Diagnostic]) -> bool {
    // An LLC service access point has 8 bits.
    text == "ether proto 1500"
        || found.iter().all(|d| match d.code {
            Code::RejectsAll => true,
            // The netmask, which libpcap takes for 0 here.
            Code::NotOnTarget => text.contains("broadcast"),
            // A file does not say where its packets came from.
            Code::NotOnLinkType => {
                ["inbound", "outbound", "ifindex"].iter().any(|w| text.contains(w))
            }
            _ => false,
        })
}

/// What libpcap 1.10 decides otherwise than 1.11, whose rules are ours.
fn known_difference(text: &str) -> bool {
    // 1.10.3 counts every address from 224.0.0.0 on as multicast.
    // It also loads an address that is then compared in none of its bits.
    text.contains("multicast") || text.ends_with("/0")
}

struct Verdict {
    matched: bool,
    aborted: bool,
}

fn verdict(program: &[Classic], captured: &Captured) -> Verdict {
    let outcome = classic::run(program, &captured.data, captured.length);
    Verdict { matched: outcome.value != 0, aborted: outcome.aborted }
}
