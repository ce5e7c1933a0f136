//! Places that must not be reached: calls of helpers that no kernel has, one number for each.
//!
//! The verifier takes them where a program asked before and never gets there, and names the number
//! where it does.

use nbpfc_isa::{Insn, Op};

/// Why something of the kernel's is missed.
pub(super) const ABSENT: &str = "which this kernel does not have: it must ask before it uses it";

/// The first number; helpers are far below.
const FIRST: i32 = 0x0bad_0000;

/// What is missing at each such place of a program.
#[derive(Debug, Default)]
pub(super) struct Poison {
    missing: Vec<String>,
}

impl Poison {
    /// Makes the instruction at an index one that must not be reached.
    pub(super) fn put(&mut self, insns: &mut [Insn], at: usize, missing: String) {
        let call = Insn::call(FIRST.saturating_add(self.missing.len() as i32));
        let row = insns.get(at).and_then(|insn| insn.row());
        let slots = match row.map(|row| row.op) {
            Some(Op::LdImm64 | Op::LdPseudo(_)) => 2,
            _ => 1,
        };
        for slot in insns.iter_mut().skip(at).take(slots) {
            *slot = call;
        }
        self.missing.push(missing);
    }

    /// What was missing where the verifier came to such a place.
    pub(super) fn explain(&self, log: &str) -> Option<&str> {
        let (_, rest) = log.rsplit_once("invalid func unknown#")?;
        let digits = rest.split(|character: char| !character.is_ascii_digit()).next()?;
        let index = digits.parse::<i32>().ok()?.checked_sub(FIRST)?;
        self.missing.get(usize::try_from(index).ok()?).map(String::as_str)
    }
}
