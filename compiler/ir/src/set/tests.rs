//! Every shape against a search in the ranges, on members, their neighbours and random numbers.

use std::collections::BTreeSet;

use super::{Key, Lookup, Set};
use crate::builder::FunctionBuilder;
use crate::function::Function;
use crate::generate::Random;
use crate::instruction::Instruction;
use crate::interpret::{Packet, interpret};
use crate::types::{BinaryOp, UnaryOp, Width};
use crate::validate::validate_function;

/// Returns 1 for packets that begin with a number of the set, big-endian, and 0 for others.
fn function(set: &Set, tables: bool) -> Function {
    let mut builder = FunctionBuilder::new("set");
    let [inside, outside] = [builder.block(), builder.block()];
    let view = builder.check(None, 16, outside);
    let load = |builder: &mut FunctionBuilder, at| {
        let raw = builder.load(Width::W8, view, at);
        builder.unary(UnaryOp::Bswap(Width::W8), raw)
    };
    let upper = load(&mut builder, 0);
    let lower = load(&mut builder, 8);
    let key = match set.bits() {
        0..=32 => Key::Word(builder.unary(UnaryOp::Truncate, lower)),
        33..=64 => {
            let mask = builder.const64(u64::MAX >> (64 - set.bits()));
            Key::Long(builder.binary(BinaryOp::And, lower, mask))
        }
        _ => Key::Pair(upper, lower),
    };
    Lookup::new(set.clone(), tables).branch(&mut builder, key, inside, outside);
    for (block, verdict) in [(inside, 1), (outside, 0)] {
        builder.enter(block);
        let verdict = builder.const32(verdict);
        builder.ret(verdict);
    }
    builder.finish()
}

fn answer(function: &Function, number: u128) -> bool {
    let data = number.to_be_bytes();
    let packet = Packet { data: &data, length: 16, interface: 0, packet_type: 0, tag: None };
    interpret(function, &packet, 10_000) == Ok(1)
}

/// Numbers of a set's width that are likely to be taken for what they are not.
fn probes(set: &Set, random: &mut Random) -> Vec<u128> {
    let greatest = u128::MAX >> (128 - set.bits());
    let any = |random: &mut Random| u128::from(random.bits()) << 64 | u128::from(random.bits());
    let mut probes = vec![0, 1, greatest, greatest - 1];
    for _ in 0..200 {
        probes.push(any(random) & greatest);
        if set.ranges().is_empty() {
            continue;
        }
        let (first, last) = set.ranges()[random.below(set.ranges().len())];
        let flipped = first ^ 1u128 << random.below(set.bits() as usize);
        let middle = first + (last - first) / 2;
        let outside = [first.saturating_sub(1), last.saturating_add(1).min(greatest)];
        probes.extend([first, last, middle, flipped]);
        probes.extend(outside);
    }
    probes
}

fn agrees(set: &Set, random: &mut Random, name: &str) {
    for tables in [false, true] {
        let function = function(set, tables);
        assert_eq!(validate_function(&function), Ok(()), "{name}");
        for probe in probes(set, random) {
            let expected = set.contains(probe);
            assert_eq!(answer(&function, probe), expected, "{name} {tables}: {probe:#x}");
        }
    }
}

/// Ranges as they come: clustered or not, single numbers or not.
fn random_set(random: &mut Random, bits: u32, size: usize) -> Set {
    let greatest = u128::MAX >> (128 - bits);
    let longest = random.pick(&[1u64, 1, 3, 256, 5000]);
    let spread = random.pick(&[bits, bits, bits.min(8), bits / 2 + 1]);
    let base = u128::from(random.bits()) << 64 | u128::from(random.bits());
    Set::new(
        bits,
        (0..size).map(|_| {
            let any = u128::from(random.bits()) << 64 | u128::from(random.bits());
            let low = u128::MAX >> (128 - spread);
            let first = ((base & !low) | (any & low)) & greatest;
            (first, first + u128::from(random.bits() % longest))
        }),
    )
}

#[test]
fn every_shape_gives_what_the_ranges_say() {
    let mut random = Random::new(1);
    for bits in [8, 16, 32, 48, 64, 128] {
        for size in [0, 1, 2, 3, 5, 9, 40, 300, 3000] {
            for round in 0..3 {
                let set = random_set(&mut random, bits, size);
                agrees(&set, &mut random, &format!("{bits} bits, {size}, round {round}"));
            }
        }
    }
}

#[test]
fn prefixes_of_many_lengths_are_found_in_wide_numbers() {
    let mut random = Random::new(2);
    for bits in [64, 128] {
        let ranges: Vec<(u128, u128)> = (0..500)
            .map(|_| {
                let any = u128::from(random.bits()) << 64 | u128::from(random.bits());
                let free = random.below(bits as usize - 8) as u32;
                let last = any >> (128 - bits) | u128::MAX >> (128 - free - 1);
                (last & !(u128::MAX >> (128 - free - 1)), last)
            })
            .collect();
        // Those that are not inside of others.
        let longest: Vec<_> = ranges.into_iter().filter(|(a, b)| b - a < 1 << 50).collect();
        agrees(&Set::new(bits, longest), &mut random, &format!("{bits} bits"));
    }
}

#[test]
fn a_set_is_what_was_put_in() {
    let mut random = Random::new(3);
    for _ in 0..200 {
        let numbers: BTreeSet<u128> =
            (0..random.below(60)).map(|_| random.below(90) as u128).collect();
        let set = Set::new(7, numbers.iter().map(|number| (*number, *number)));
        for number in 0..128 {
            assert_eq!(set.contains(number), numbers.contains(&number));
        }
        assert!(set.ranges().windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "{set:?}");
        let prefixes: Vec<_> = set.prefixes();
        let again = prefixes.iter().flat_map(|(length, numbers)| {
            let free = 7 - length;
            numbers.iter().map(move |n| (n << free, ((n + 1) << free) - 1))
        });
        assert_eq!(Set::new(7, again), set);
    }
}

#[test]
fn what_has_too_many_bits_or_ends_before_it_begins_is_not_in_a_set() {
    assert_eq!(Set::new(8, [(300, 400), (9, 7)]).ranges(), []);
    assert_eq!(Set::new(8, [(250, 400), (0, 3), (4, 9)]).ranges(), [(0, 9), (250, 255)]);
    assert_eq!(Set::new(128, [(0, u128::MAX)]).ranges(), [(0, u128::MAX)]);
    assert_eq!(Set::new(128, [(0, u128::MAX)]).prefixes(), [(0, vec![0])]);
}

/// Prefixes that differ in few bits, as those of one provider do.
#[test]
fn keys_that_are_near_each_other_have_places() {
    let mut random = Random::new(5);
    for (bits, length) in [(64, 48), (64, 20), (64, 33), (128, 48), (128, 112), (48, 48), (32, 32)]
    {
        let free = bits - length;
        let base = 0x2001_0db8_u128 << (128 - 32) >> (128 - length) << 12 >> 12;
        let set = Set::new(
            bits,
            (0..3000u128).map(|n| {
                let first = (base ^ (2 * n)) << free;
                (first, first | ((1 << free) - 1))
            }),
        );
        agrees(&set, &mut random, &format!("{length} of {bits} bits"));
        let ends =
            Set::new(bits, set.ranges().iter().map(|(first, last)| (*first, last - last % 2)));
        agrees(&ends, &mut random, &format!("{length} of {bits} bits, without the last"));
    }
}

/// Hashes take the same few instructions for every size.
#[test]
fn what_one_key_costs_does_not_grow() {
    let mut random = Random::new(4);
    for (bits, longest, most) in
        [(32, 1, 16), (48, 1, 20), (128, 1, 30), (16, 1, 14), (32, 999, 48)]
    {
        for size in [1100, 40_000] {
            let greatest = u128::MAX >> (128 - bits);
            let set = Set::new(
                bits,
                (0..size).map(|_| {
                    let any = u128::from(random.bits()) << 64 | u128::from(random.bits());
                    let first = any & greatest;
                    (first, first + u128::from(random.bits() % longest))
                }),
            );
            let function = function(&set, true);
            let count: usize = function
                .layout
                .iter()
                .map(|block| {
                    let insts = function.block(*block).insts.iter();
                    let real = |inst: &&_| !matches!(function.inst(**inst), Instruction::Const(..));
                    1 + insts.filter(real).count()
                })
                .sum();
            assert!(count <= most, "{bits} bits, {size}: {count}");
        }
    }
}
