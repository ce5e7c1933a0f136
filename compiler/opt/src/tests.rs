//! The pipeline against the interpreter.

use std::fmt::Write as _;
use std::sync::Arc;

use nbpfc_ir::generate::{Random, Shape, generate};
use nbpfc_ir::{
    Environment, Field, Func, Function, Module, Trap, interpret_program, validate_function,
};
use nbpfc_kernel::{Hook, Target, Version};
use nbpfc_source::File;

use crate::context::Context;
use crate::{Options, PIPELINE, Packets, run};

/// Steps after which a run is given up.
const STEPS: u64 = 100_000;

pub(crate) fn target(packets: Packets) -> Target {
    let hook = if packets == Packets::Direct { "xdp" } else { "socket" };
    Target::new(Hook::by_name(hook).expect("a hook"), Version::new(6, 1))
}

/// A packet that is written.
struct Written {
    bytes: Vec<u8>,
}

impl Environment for Written {
    fn packet(&self) -> &[u8] {
        &self.bytes
    }

    fn field(&self, field: Field) -> u32 {
        match field {
            Field::Length => self.bytes.len() as u32,
            Field::InterfaceIndex => 2,
            Field::PacketType | Field::VlanPresent | Field::VlanTci => 0,
        }
    }

    fn store(&mut self, at: usize, bytes: &[u8]) -> Result<(), Trap> {
        let place = self.bytes.get_mut(at..at + bytes.len()).ok_or(Trap::Invalid)?;
        place.copy_from_slice(bytes);
        Ok(())
    }
}

/// What a function gives for packets, and leaves of them.
pub(crate) fn verdicts(function: &Function, packets: &[Vec<u8>]) -> Vec<(u32, Vec<u8>)> {
    let module = Module::new(Arc::new(File::new("<test>", "")), vec![function.clone()]);
    let run = |bytes: &Vec<u8>| {
        let mut packet = Written { bytes: bytes.clone() };
        let result = interpret_program(&module, Func::from_u32(0), &mut packet, STEPS);
        (result.unwrap_or_else(|trap| panic!("{trap:?} in\n{function}")), packet.bytes)
    };
    packets.iter().map(run).collect()
}

/// Random packets.
pub(crate) fn packets(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed);
    (0..count).map(|_| random.packet()).collect()
}

/// Runs the pipeline's passes and compares what comes out with what went in after each.
pub(crate) fn agrees(function: &mut Function, packets: &[Vec<u8>], how: Packets, name: &str) {
    let expected = verdicts(function, packets);
    let mut context = Context::new(&target(how), false, None);
    for pass in PIPELINE.iter().filter(|pass| (pass.when)(how)) {
        let before = function.to_string();
        pass.apply(function, &mut context);
        if let Err(problems) = validate_function(function) {
            panic!("{name}: {} left {problems:?}\n{before}\nbecame\n{function}", pass.name);
        }
        let found = verdicts(function, packets);
        if let Some(at) = (0..packets.len()).find(|at| found[*at] != expected[*at]) {
            let mut bytes = String::new();
            packets[at].iter().for_each(|byte| write!(bytes, "{byte:02x}").expect("a string"));
            panic!(
                "{name}: {} gives {:?} instead of {:?} for {bytes}\n{before}\nbecame\n{function}",
                pass.name, found[at], expected[at]
            );
        }
    }
}

#[test]
fn random_functions_keep_their_verdicts() {
    let count = std::env::var("OPT_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    for seed in 0..count {
        let mut random = Random::new(seed);
        let packets = packets(seed, 40);
        for how in [Packets::Direct, Packets::Absolute] {
            let shape = Shape {
                size: 20 + random.below(200),
                loops: random.once_in(3),
                tables: random.once_in(3),
            };
            let mut function = generate(seed, shape);
            agrees(&mut function, &packets, how, &format!("seed {seed}, {how:?}"));
        }
    }
}

#[test]
fn fuel_bounds_the_rewrites() {
    for seed in 0..100 {
        let packets = packets(seed, 20);
        let original = generate(seed, Shape { size: 150, loops: false, tables: true });
        let expected = verdicts(&original, &packets);
        let source = Arc::new(File::new("<random>", ""));
        for fuel in [0, 1, 2, 5, 10, 20, 50] {
            let functions = vec![original.clone()];
            let mut module = Module::new(source.clone(), functions);
            let options = Options { fuel: Some(fuel), ..Options::default() };
            let report = run(&mut module, &target(Packets::Direct), options);
            assert!(report.rewrites() <= fuel, "seed {seed}, fuel {fuel}");
            assert_eq!(verdicts(&module.functions[0], &packets), expected, "{seed}, {fuel}");
        }
    }
}

#[test]
fn passes_can_be_left_out_and_watched() {
    let mut names = Vec::new();
    let mut after = |name: &'static str, _: &Function| names.push(name);
    let source = Arc::new(File::new("<random>", ""));
    let functions = vec![generate(1, Shape { size: 150, loops: false, tables: false })];
    let mut module = Module::new(source, functions);
    let options = Options { skip: &["gvn"], after: Some(&mut after), ..Options::default() };
    run(&mut module, &target(Packets::Absolute), options);
    assert!(names.contains(&"fold") && names.contains(&"layout"));
    assert!(!names.contains(&"gvn") && !names.contains(&"widen-checks"));
}
