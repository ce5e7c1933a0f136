//! Lowered filters, run by the IR's interpreter.

mod cbpf;
mod corpus;
mod frames;
mod json;
mod links;
mod lists;
mod packets;
mod reframe;
mod units;

use std::sync::Arc;

use nbpfc_ir::{Module, Packet, interpret, validate};
use nbpfc_source::{File, Files};

use self::cbpf::Input;
use super::{LinkType, Options, lower};
use crate::names::Tables;
use crate::parse;

/// What a test sets besides the link type.
#[derive(Clone, Copy, Debug, Default)]
struct Circumstances {
    live: bool,
    netmask: Option<u32>,
    tag_beside: bool,
    strict_ipv6: bool,
}

/// The program of an expression; an error as `CODE underlined text: message`.
fn compile(text: &str, link: LinkType, circumstances: Circumstances) -> Result<Module, String> {
    let mut files = Files::default();
    let source = File::new("<expression>", text);
    let file = files.add(source.clone());
    let (filter, mut diagnostics) = parse(&source, file, &names());
    if let Some(filter) = filter {
        let Circumstances { live, netmask, tag_beside, strict_ipv6 } = circumstances;
        let options =
            Options { netmask, live, tag_beside, strict_ipv6, ..Options::new(file, link) };
        match lower(&filter, Arc::new(source), &options) {
            Ok(module) => {
                assert!(validate(&module).is_ok(), "{text}");
                return Ok(module);
            }
            Err(found) => diagnostics = found,
        }
    }
    let lines = diagnostics.iter().map(|diagnostic| {
        let span = diagnostic.primary.as_ref().map_or(0..0, |label| label.span.range());
        let place = text.get(span).unwrap_or("");
        format!("{} {place}: {}", diagnostic.code, diagnostic.message)
    });
    Err(lines.collect::<Vec<_>>().join("\n"))
}

/// Whether a packet matches.
fn run(module: &Module, input: Input<'_>) -> bool {
    let Input { data, length, interface, packet_type, tag } = input;
    let packet = Packet { data, length, interface, packet_type, tag };
    match interpret(&module.functions[0], &packet, 10_000_000) {
        Ok(verdict) => verdict != 0,
        Err(trap) => panic!("{trap}"),
    }
}

/// Whether a whole packet matches.
fn run_on(module: &Module, data: &[u8]) -> bool {
    run(module, Input { data, length: data.len() as u32, interface: 1, packet_type: 0, tag: None })
}

/// The names that the corpus' expressions use.
fn names() -> Tables {
    Tables::default()
        .with_hosts(include_str!("../../cases/etc/hosts"))
        .with_ethers(include_str!("../../cases/etc/ethers"))
        .with_networks(include_str!("../../cases/etc/networks"))
        .with_services(include_str!("../../cases/etc/services"))
        .with_protocols(include_str!("../../cases/etc/protocols"))
}
