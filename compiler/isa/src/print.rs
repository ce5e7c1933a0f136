//! Instructions as text, in LLVM's syntax.
//!
//! The text is that of `llvm-objdump -d --no-show-raw-insn` without the symbols that it puts
//! behind jumps. Loads and stores of parts of a register are written with `r1`, as LLVM does below
//! v3 and reads at every level. One thing differs: LLVM drops the immediate of `LD_IND`, here it
//! is shown.

use std::fmt::{self, Display, Formatter};

use crate::insn::Insn;
use crate::row::Row;

/// An instruction as the disassembler prints it; `<unknown>` if it is none.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    row: Option<&'static Row>,
    first: Insn,
    second: Insn,
}

/// The instructions of a program with the index of their slot. A slot that is no instruction
/// stands alone.
pub fn disassemble(insns: &[Insn]) -> impl Iterator<Item = (usize, Text)> {
    let mut index = 0;
    std::iter::from_fn(move || {
        let at = index;
        let text = Text::new(insns.get(at..)?)?;
        index += text.slots();
        Some((at, text))
    })
}

impl Text {
    /// The first instruction of `insns`; `None` if there is no slot.
    pub fn new(insns: &[Insn]) -> Option<Self> {
        let (&first, rest) = insns.split_first()?;
        let second = rest.first().copied();
        let row = first
            .row()
            .filter(|row| row.slots() == 1 || second.is_some_and(|s| row.admits_second(s)));
        Some(Self { row, first, second: second.unwrap_or_default() })
    }

    /// How many slots it takes, one or two.
    pub fn slots(&self) -> usize {
        self.row.map_or(1, Row::slots)
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(row) = self.row else { return f.write_str("<unknown>") };
        let mut pieces = row.text.split(['{', '}']);
        while let Some(literal) = pieces.next() {
            f.write_str(literal)?;
            if let Some(place) = pieces.next() {
                self.place(place, f)?;
            }
        }
        Ok(())
    }
}

impl Text {
    fn place(&self, place: &str, f: &mut Formatter<'_>) -> fmt::Result {
        let Insn { dst, src, off, imm, .. } = self.first;
        match place {
            "d" => write!(f, "{dst}"),
            "s" => write!(f, "{src}"),
            "m" => offset(i64::from(off), f),
            "n" if imm == 0 => Ok(()),
            "n" => offset(i64::from(imm), f),
            "o" => distance(i64::from(off), f),
            "j" => distance(i64::from(imm), f),
            "l" => {
                let upper = i64::from(self.second.imm) << 32;
                hex(upper | i64::from(imm.cast_unsigned()), f)
            }
            "u" => write!(f, "{imm:#x}"),
            "t" => write!(f, "{:#x}", imm.cast_unsigned() >> 16),
            "f" => write!(f, "{:#x}", imm & 0xffff),
            _ => hex(i64::from(imm), f),
        }
    }
}

fn offset(bytes: i64, f: &mut Formatter<'_>) -> fmt::Result {
    let sign = if bytes < 0 { '-' } else { '+' };
    write!(f, " {sign} {:#x}", bytes.unsigned_abs())
}

fn distance(slots: i64, f: &mut Formatter<'_>) -> fmt::Result {
    if slots >= 0 {
        f.write_str("+")?;
    }
    hex(slots, f)
}

fn hex(value: i64, f: &mut Formatter<'_>) -> fmt::Result {
    if value < 0 {
        f.write_str("-")?;
    }
    write!(f, "{:#x}", value.unsigned_abs())
}
