//! Functions with effects: those of `tests/effects`, each for one thing, and random ones.

use std::fs;

use nbpfc_driver::{File, HOOKS, Hook, Request, Session, Target};
use nbpfc_ir::generate::{Random, generate_effects};
use nbpfc_loader::load_object;
use nbpfc_object::Object;
use nbpfc_tests::effects::{agree, module};
use nbpfc_tests::place::{files_below, root};
use nbpfc_tests::property::{KERNEL, Nowhere, link_type};
use nbpfc_tests::requires::Need;

use crate::Test;

/// How many functions of each size are tried on each hook: set `NBPFC_SEEDS` for more.
fn seeds() -> u64 {
    std::env::var("NBPFC_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

pub(crate) fn tests() -> Vec<Test> {
    let mut tests = Vec::new();
    for path in files_below(&root().join("tests/effects")) {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let run = move || {
            let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
            one(&text)
        };
        tests.push(Test::new(format!("effects::{name}"), &[Need::Root], run));
    }
    tests.push(Test::new("effects::object", &[Need::Root], object));
    tests.extend(HOOKS.iter().map(|hook| {
        Test::new(format!("effects::random::{}", hook.name), &[Need::Root], || random(hook))
    }));
    tests
}

/// Functions that call others, as an object with their types, in the kernel.
fn object() -> Result<(), String> {
    let text = fs::read_to_string(root().join("tests/effects/called.ir"));
    let text = text.map_err(|error| error.to_string())?;
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("called.ir", &text));
    for name in ["xdp", "tc", "socket", "cgroup_skb"] {
        let hook = Hook::by_name(name).ok_or(format!("no hook {name}"))?;
        let request = Request::new(Target::new(hook, KERNEL), link_type(true));
        let program = Session::program(module(&text)?, id, &request, (1, 0))
            .map_err(|found| format!("{found:?}"))?;
        let elf = program.object().into_elf().map_err(|error| error.to_string())?;
        let object = Object::from_elf(&elf).map_err(|error| error.to_string())?;
        load_object(&object, "filter", hook, 0).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

/// Packets that are no IP packets, but for one, each behind a link-layer header.
fn packets() -> Vec<Vec<u8>> {
    let mut packets: Vec<Vec<u8>> = [64, 80, 33, 18, 100, 64, 90]
        .into_iter()
        .zip(0_u32..)
        .map(|(length, seed)| {
            let mut packet: Vec<u8> =
                (0..length).map(|at: u32| (at * 7 + seed * (at + 3)) as u8).collect();
            packet[..6].fill(0);
            (packet[12], packet[13]) = (0x88, 0xb5);
            packet
        })
        .collect();
    let mut ip = packets[1].clone();
    (ip[12], ip[13], ip[14]) = (8, 0, 0x45);
    packets.push(ip);
    packets
}

/// The hooks stand in the text's first line.
fn one(text: &str) -> Result<(), String> {
    let module = module(text)?;
    let hooks = text.lines().next().and_then(|line| line.strip_prefix("; hooks:"));
    for name in hooks.ok_or("no hooks")?.split_whitespace() {
        let hook = Hook::by_name(name).ok_or(format!("no hook {name}"))?;
        agree(&module, hook, &packets())?;
    }
    Ok(())
}

fn random(hook: &'static Hook) -> Result<(), String> {
    for seed in 0..seeds() {
        for size in [4, 15, 40] {
            let module = generate_effects(seed, hook, size, seed % 2 == 0);
            let mut random = Random::new(seed);
            let packets: Vec<Vec<u8>> = (0..6)
                .map(|_| {
                    let mut packet = random.packet();
                    packet.resize(packet.len().max(40), 0);
                    packet[..6].fill(0);
                    // For an IP packet the kernel wants a whole header.
                    (packet[12], packet[13]) = (0x88, 0xb5);
                    packet
                })
                .collect();
            agree(&module, hook, &packets)
                .map_err(|why| format!("seed {seed} size {size}: {why}"))?;
        }
    }
    Ok(())
}
