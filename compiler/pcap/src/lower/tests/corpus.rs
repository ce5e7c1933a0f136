//! The corpus beside the workspace: libpcap's own test expressions with the unoptimised program
//! of each, real captures with verdicts, and expressions that must be refused.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::Ipv4Addr;

use super::cbpf::{Input, Program};
use super::json::Json;
use super::packets::{Captured, Packets, capture};
use super::{Circumstances, compile, run};
use crate::lower::LinkType;
use crate::tests::corpus_folder as corpus;

/// Packets for each link type; the random ones come on top.
const PACKETS: usize = 400;

/// A row of the expected programs that this link type and system has.
struct Expected<'a> {
    link: LinkType,
    circumstances: Circumstances,
    program: Program,
    aliases: Vec<&'a str>,
}

/// Reads a row; `None` for other link types and systems.
fn expected(row: &Json) -> Option<Expected<'_>> {
    let link = LinkType::from_name(row.text("DLT")?)?;
    let skip = row.text("skip").unwrap_or("");
    if skip.starts_with("is not ")
        || skip.starts_with("HAVE_DECL_SKF_AD_VLAN_TAG_PRESENT==1")
        || skip == "little-endian"
    {
        return None;
    }
    let aliases = row.list("aliases").iter();
    let aliases: Vec<_> = aliases
        .filter_map(|alias| match alias {
            // Not an expression: a listing of every instruction there is.
            Json::Text(text) if text.starts_with("_enumerate") => None,
            Json::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    aliases.first()?;
    let listing = row.text("unopt").or(row.text("optunopt"))?;
    let offline = row.get("generate_offline_filter").is_some();
    let families =
        matches!(link, LinkType::Null | LinkType::Loop | LinkType::Enc | LinkType::Pflog);
    let netmask = row.text("netmask").and_then(|mask| mask.parse::<Ipv4Addr>().ok());
    Some(Expected {
        link,
        circumstances: Circumstances {
            // Libpcap's tests take address families from the system they run on.
            live: row.get("linuxext").is_some() || (families && !offline),
            tag_beside: row.get("linuxext").is_some(),
            strict_ipv6: false,
            netmask: netmask.map(Ipv4Addr::to_bits),
        },
        program: Program::read(listing).unwrap_or_else(|| panic!("{listing}")),
        aliases,
    })
}

fn read(name: &str) -> Option<String> {
    std::fs::read_to_string(corpus()?.join(name)).ok()
}

fn input(packet: &Captured, packet_type: u32) -> Input<'_> {
    let tag = (packet_type == 3).then_some(0x6005);
    Input {
        data: &packet.data,
        length: packet.length,
        interface: packet_type + 7,
        packet_type,
        tag,
    }
}

#[test]
fn verdicts_are_those_of_unoptimised_programs() {
    let (Some(corpus), Some(text)) = (corpus(), read("libpcap-1.11-expected.json")) else { return };
    let packets = Packets::sample(&corpus, PACKETS);
    let all = Json::read(&text);
    let (mut faults, mut expressions, mut runs, mut matches) = (String::new(), 0, 0, 0);
    for expected in all.list("accept").iter().filter_map(expected) {
        let Expected { link, circumstances, program, aliases } = expected;
        let sample: Vec<_> = packets.of(link).iter().enumerate().collect();
        let oracle = sample.iter().map(|(i, packet)| program.run(input(packet, *i as u32 % 5)));
        let oracle: Vec<_> = oracle.collect();
        let never = oracle.iter().all(|verdict| *verdict == Some(0));
        for text in aliases {
            expressions += 1;
            let module = match compile(text, link, circumstances) {
                Ok(module) => module,
                Err(error) if never && error.contains("never match") => continue,
                Err(error) => {
                    let _ = writeln!(faults, "{link}: {text}: {error}");
                    continue;
                }
            };
            for ((i, packet), expected) in sample.iter().zip(&oracle) {
                let verdict = run(&module, input(packet, *i as u32 % 5));
                // A program that walks in circles gives no verdict.
                let expected = expected.unwrap_or(0) != 0;
                runs += 1;
                matches += u32::from(expected);
                if verdict != expected {
                    let _ = writeln!(faults, "{link}: {text}: {expected} for {:02x?}", packet.data);
                    break;
                }
            }
        }
    }
    println!("{expressions} expressions, {runs} runs, {matches} matches");
    assert!(faults.is_empty(), "{faults}");
    assert!(expressions > 800 && matches > 1000);
}

#[test]
fn verdicts_on_captures_are_libpcaps() {
    let (Some(corpus), Some(text)) = (corpus(), read("verdicts.tsv")) else { return };
    let mut compared = 0;
    for row in text.lines() {
        let fields: Vec<_> = row.split('\t').collect();
        let [file, expression, netmask, verdicts, ..] = fields.as_slice() else { continue };
        let Some((number, packets)) = capture(&corpus.join("captures/libpcap").join(file)) else {
            panic!("{file}");
        };
        let link = LinkType::from_number(number);
        if matches!(link, LinkType::Other(_)) {
            continue;
        }
        let netmask = netmask.parse::<Ipv4Addr>().ok().map(Ipv4Addr::to_bits);
        let module = match compile(
            expression,
            link,
            Circumstances { netmask, ..Circumstances::default() },
        ) {
            Ok(module) => module,
            Err(error) => panic!("{file}: {expression}: {error}"),
        };
        for (packet, verdict) in packets.iter().zip(verdicts.split(',')) {
            let expected = verdict.trim() != "0";
            assert_eq!(run(&module, input(packet, 0)), expected, "{file}: {expression}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn what_libpcap_refuses_is_refused() {
    let Some(text) = read("rejected.tsv") else { return };
    let mut faults = String::new();
    for row in text.lines() {
        let fields: Vec<_> = row.split('\t').collect();
        let [link, expression, message, ..] = fields.as_slice() else { continue };
        let Some(link) = LinkType::from_name(link) else { continue };
        let circumstances = Circumstances::default();
        if compile(expression, link, circumstances).is_ok() {
            let _ = writeln!(faults, "{link}: {expression}: {message}");
        }
    }
    assert!(faults.is_empty(), "accepted:\n{faults}");
}

#[test]
fn what_people_write_is_accepted() {
    let Some(text) = read("filters.tsv") else { return };
    let mut faults = String::new();
    let mut seen = BTreeSet::new();
    for row in text.lines() {
        let fields: Vec<_> = row.split('\t').collect();
        let [link, expression, source, ..] = fields.as_slice() else { continue };
        let Some(link) = LinkType::from_name(link) else { continue };
        let circumstances =
            Circumstances { live: true, netmask: Some(0xffff_ff00), ..Circumstances::default() };
        match compile(expression, link, circumstances) {
            Ok(_) => {
                seen.insert(*expression);
            }
            // Libpcap finds this out when it optimises.
            Err(error) if error.contains("never match") => {}
            // Libpcap 1.10 still took it.
            Err(_) if *expression == "ether proto 1500" => {}
            Err(error) => {
                let _ = writeln!(faults, "{link}: {expression}: {error} ({source})");
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
    assert!(seen.len() > 1000, "{}", seen.len());
}
