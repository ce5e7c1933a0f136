//! Classic BPF against the reference interpreter, on a machine written down here from the
//! definition in `net/core/filter.c` and `bpf_filter.c`: what both say.

use nbpfc_ir::generate::{Random, Shape, generate};
use nbpfc_ir::{Packet, interpret};

use super::compile_function;
use super::insn::{ClassicInsn, code};
use crate::testing::reject_with_zero;

/// Runs a program; `None` if it is not one.
fn run(program: &[ClassicInsn], packet: &Packet<'_>) -> Option<u32> {
    let (mut a, mut x, mut memory) = (0u32, 0u32, [0u32; 16]);
    let bytes = |at: u64, count: usize| {
        let at = usize::try_from(at).ok()?;
        let bytes = packet.data.get(at..at.checked_add(count)?)?;
        Some(bytes.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte)))
    };
    let mut at = 0usize;
    loop {
        let ClassicInsn { code: op, jt, jf, k } = *program.get(at)?;
        at += 1;
        let operand = if op & code::X == 0 { k } else { x };
        let count = match op & 0x18 {
            0 => 4,
            8 => 2,
            _ => 1,
        };
        match op & 7 {
            0 => {
                let loaded = match op & 0xe0 {
                    0x00 => Some(k),
                    0x20 if k == 0xffff_f004 => Some(packet.packet_type),
                    0x20 if k == 0xffff_f008 => Some(packet.interface),
                    0x20 => bytes(k.into(), count),
                    0x40 => bytes(u64::from(k) + u64::from(x), count),
                    0x60 => Some(*memory.get(k as usize)?),
                    _ => Some(packet.length),
                };
                let Some(loaded) = loaded else { return Some(0) };
                a = loaded;
            }
            1 => match op & 0xe0 {
                0x00 => x = k,
                0x60 => x = *memory.get(k as usize)?,
                _ => match bytes(k.into(), 1) {
                    Some(byte) => x = 4 * (byte & 0xf),
                    None => return Some(0),
                },
            },
            2 => *memory.get_mut(k as usize)? = a,
            4 => {
                a = match op & 0xf0 {
                    0x00 => a.wrapping_add(operand),
                    0x10 => a.wrapping_sub(operand),
                    0x20 => a.wrapping_mul(operand),
                    0x30 | 0x90 if operand == 0 => return Some(0),
                    0x30 => a / operand,
                    0x40 => a | operand,
                    0x50 => a & operand,
                    // The two interpreters differ from 32 on.
                    0x60 => a.checked_shl(operand)?,
                    0x70 => a.checked_shr(operand)?,
                    0x80 => a.wrapping_neg(),
                    0x90 => a % operand,
                    _ => a ^ operand,
                }
            }
            5 => {
                let holds = match op & 0xf0 {
                    0x00 => {
                        at += k as usize;
                        continue;
                    }
                    0x10 => a == operand,
                    0x20 => a > operand,
                    0x30 => a >= operand,
                    _ => a & operand != 0,
                };
                at += usize::from(if holds { jt } else { jf });
            }
            6 => return Some(if op == code::RET_A { a } else { k }),
            7 if op == code::TAX => x = a,
            7 => a = x,
            _ => return None,
        }
    }
}

#[test]
fn random_functions_give_the_verdict_of_the_interpreter() {
    let mut compiled = 0;
    for seed in 0..3000 {
        let size = 5 + (seed as usize % 40);
        let mut function = generate(seed, Shape { size, loops: false, tables: false });
        reject_with_zero(&mut function);
        let Ok(program) = compile_function(&function) else { continue };
        compiled += 1;
        let mut random = Random::new(seed);
        for _ in 0..20 {
            let data = random.packet();
            let packet = Packet {
                data: &data,
                length: data.len() as u32 + 4 * (seed as u32 % 2),
                interface: 7,
                packet_type: 3,
                tag: None,
            };
            let expected = interpret(&function, &packet, 1 << 20).expect("a valid function");
            let listing: Vec<String> = program
                .iter()
                .enumerate()
                .map(|(at, i)| format!("{at:3} {:#04x} {} {} {:#x}", i.code, i.jt, i.jf, i.k))
                .collect();
            assert_eq!(
                run(&program, &packet),
                Some(expected),
                "seed {seed}, {data:02x?}\n{function}\n{}",
                listing.join("\n")
            );
        }
    }
    assert!(compiled > 500, "{compiled} functions compiled");
}
