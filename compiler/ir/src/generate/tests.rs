//! The generator's promises, and through it those of everything else here.

use std::collections::BTreeMap;

use super::{Random, Shape, generate};
use crate::function::Function;
use crate::instruction::Instruction;
use crate::interpret::{Packet, Trap, interpret};
use crate::terminator::Terminator;
use crate::validate::validate_function;

const SEEDS: u32 = 400;

fn shape(seed: u64) -> Shape {
    Shape { size: (seed % 200) as usize, loops: seed.is_multiple_of(4), tables: seed % 4 == 1 }
}

fn for_each(mut f: impl FnMut(u64, &Function)) {
    for seed in 0..u64::from(SEEDS) {
        f(seed, &generate(seed, shape(seed)));
    }
}

#[test]
fn generated_functions_are_valid() {
    for_each(|seed, function| {
        assert_eq!(validate_function(function), Ok(()), "seed {seed}:\n{function}");
    });
}

#[test]
fn generated_functions_are_read_back_as_they_were_printed() {
    for_each(|seed, function| {
        for function in [function.clone(), function.compact()] {
            let text = function.to_string();
            let again: Function = text.parse().unwrap_or_else(|error| panic!("{seed}: {error}"));
            assert_eq!(again.to_string(), text, "seed {seed}");
            assert_eq!(validate_function(&again), Ok(()), "seed {seed}:\n{text}");
        }
    });
}

#[test]
fn compact_functions_mean_the_same_and_stay_the_same() {
    for_each(|seed, function| {
        let compact = function.compact();
        assert_eq!(validate_function(&compact), Ok(()), "seed {seed}:\n{compact}");
        assert_eq!(compact.compact().to_string(), compact.to_string(), "seed {seed}");
        let mut random = Random::new(seed);
        for _ in 0..10 {
            let (a, b) =
                (run(function, seed, &mut random.clone()), run(&compact, seed, &mut random));
            assert_eq!(a, b, "seed {seed}");
        }
    });
}

fn run(function: &Function, seed: u64, random: &mut Random) -> Result<u32, Trap> {
    let data = random.packet();
    let length = data.len() as u32 + random.below(3) as u32;
    let packet = Packet {
        data: &data,
        length,
        interface: 2,
        packet_type: random.below(5) as u32,
        tag: None,
    };
    interpret(function, &packet, 1000 + 100 * shape(seed).size as u64)
}

/// The text of `function` with a word of it exchanged for another that begins alike.
fn damaged(function: &Function, random: &mut Random) -> String {
    let text = function.to_string();
    let word = |c: char| c.is_alphanumeric() || c == '.';
    let words: Vec<&str> = text.split(|c| !word(c)).filter(|part| !part.is_empty()).collect();
    let old = random.pick(&words);
    let alike: Vec<&str> = words.into_iter().filter(|word| word[..1] == old[..1]).collect();
    let new = random.pick(&alike);
    let at = old.as_ptr().addr() - text.as_ptr().addr();
    format!("{}{new}{}", &text[..at], &text[at + old.len()..])
}

#[test]
fn what_the_validator_lets_pass_has_a_meaning() {
    let (mut read, mut valid) = (0, 0);
    for_each(|seed, function| {
        let mut random = Random::new(seed);
        for _ in 0..3 {
            let text = damaged(function, &mut random);
            let Ok(function) = text.parse::<Function>() else { continue };
            read += 1;
            let result = run(&function, seed, &mut random);
            if validate_function(&function).is_ok() {
                valid += 1;
                assert_ne!(result, Err(Trap::Invalid), "seed {seed}:\n{function}");
            }
        }
    });
    assert!(valid > 100 && read - valid > 100, "{read} were read, {valid} of them valid");
}

/// A generator that stops generating something must be seen.
#[test]
fn there_is_some_of_everything() {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut results: BTreeMap<u32, u32> = BTreeMap::new();
    let mut count = |what: String| *seen.entry(what).or_default() += 1;
    for_each(|seed, function| {
        let mut random = Random::new(seed);
        for _ in 0..10 {
            let result = run(function, seed, &mut random);
            let result = result.unwrap_or_else(|trap| panic!("seed {seed}: {trap}\n{function}"));
            *results.entry(result).or_default() += 1;
        }
        for (order, &block) in function.layout.iter().enumerate() {
            let data = function.block(block);
            for &inst in &data.insts {
                let text = function.inst(inst).to_string();
                count(text.split(' ').next().unwrap_or_default().to_owned());
                if matches!(function.inst(inst), Instruction::Load { .. }) {
                    count("load".into());
                }
            }
            let terminator = function.terminator(block);
            let text = terminator.to_string();
            count(text.split(' ').take(if text.starts_with("br") { 2 } else { 1 }).collect());
            match terminator {
                Terminator::Check { offset: Some(_), .. } => count("variable offset".into()),
                Terminator::Check { offset: None, .. } => count("fixed offset".into()),
                Terminator::Jump(call) if function.layout[..=order].contains(&call.block) => {
                    count("back".into());
                }
                _ => {}
            }
            if function.block(block).params.len() > 1 {
                count("several parameters".into());
            }
        }
    });
    let words = [
        "const.i32",
        "const.i64",
        "meta.length",
        "meta.interface",
        "meta.packet_type",
        "load.u8",
        "load.u16",
        "load.u32",
        "load.u64",
        "table.u8",
        "table.u16",
        "table.u32",
        "table.u64",
        "bswap16",
        "bswap32",
        "bswap64",
        "neg",
        "extend",
        "truncate",
        "add",
        "sub",
        "mul",
        "div",
        "mod",
        "and",
        "or",
        "xor",
        "shl",
        "shr",
        "breq",
        "brne",
        "brlt",
        "brle",
        "brgt",
        "brge",
        "brset",
        "brclear",
        "jump",
        "check",
        "ret",
        "variable offset",
        "fixed offset",
        "back",
        "several parameters",
    ];
    for word in words {
        let found = seen.get(word).copied().unwrap_or_default();
        assert!(found >= 20, "{word}: {found} in {seen:?}");
    }
    assert!(seen["load"] > 1000, "{seen:?}");
    let share = |result: u32| f64::from(results[&result]) / (10.0 * f64::from(SEEDS));
    assert!(share(0) > 0.2 && share(262_144) > 0.1, "{results:?}");
    assert!(results.len() > 20, "{results:?}");
}

#[test]
fn the_same_seed_gives_the_same_function() {
    let shape = Shape { size: 60, loops: true, tables: true };
    assert_eq!(generate(7, shape).to_string(), generate(7, shape).to_string());
    assert_ne!(generate(7, shape).to_string(), generate(8, shape).to_string());
}

#[test]
fn sizes_are_about_what_was_asked() {
    for seed in 0..50 {
        let function = generate(seed, Shape { size: 1000, loops: false, tables: false });
        let insts: usize = function.layout.iter().map(|b| function.block(*b).insts.len()).sum();
        let size = insts + function.layout.len();
        assert!((500..4000).contains(&size), "seed {seed}: {size}");
    }
}
