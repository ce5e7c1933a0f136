//! Which lines and branches of a module's programs were come to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use nbpfc_isa::Insn;
use nbpfc_source::File;

use crate::nbp::Programs;

/// What runs came to, in instructions.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    /// How often, by program and slot.
    counts: HashMap<(usize, usize), u64>,
    /// From which slot to which, by program.
    steps: BTreeSet<(usize, usize, usize)>,
}

/// What is known of a line with code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCoverage {
    /// The line, from 1 on.
    pub line: u32,
    /// How often it was come to.
    pub hits: u64,
    /// The ways on that the line's conditional jumps have.
    pub branches: u32,
    /// Those of them that were gone.
    pub taken: u32,
}

impl Reached {
    pub(super) fn step(&mut self, program: usize, before: Option<usize>, at: usize) {
        *self.counts.entry((program, at)).or_default() += 1;
        if let Some(before) = before {
            self.steps.insert((program, before, at));
        }
    }

    /// The lines of the module that have code, in order.
    pub fn lines(&self, programs: &Programs) -> Vec<LineCoverage> {
        let mut lines: BTreeMap<u32, LineCoverage> = BTreeMap::new();
        for (index, program) in programs.programs.iter().enumerate() {
            let code = &program.code.code;
            let file: &File = &program.code.file;
            let mut records = code.lines.iter().peekable();
            let mut line = None;
            for (slot, insn) in code.insns.iter().enumerate() {
                while let Some((_, span)) = records.next_if(|(at, _)| *at as usize <= slot) {
                    // What no part of the source asks for.
                    line = (span.start < span.end).then(|| file.position(span.start).line);
                }
                let Some(line) = line else { continue };
                let entry =
                    lines.entry(line).or_insert(LineCoverage { line, ..LineCoverage::default() });
                let hits = self.counts.get(&(index, slot)).copied().unwrap_or(0);
                entry.hits = entry.hits.max(hits);
                if !is_conditional(insn) {
                    continue;
                }
                let target = (slot as i64 + 1 + i64::from(insn.off)) as usize;
                for way in [slot + 1, target] {
                    entry.branches += 1;
                    entry.taken += u32::from(self.steps.contains(&(index, slot, way)));
                }
            }
        }
        lines.into_values().collect()
    }
}

/// Whether an instruction has two ways on (RFC 9669, 4.3).
fn is_conditional(insn: &Insn) -> bool {
    const JUMP: u8 = 5;
    const JUMP32: u8 = 6;
    /// Jump always, call, exit.
    const OTHERS: [u8; 3] = [0x00, 0x80, 0x90];
    matches!(insn.opcode & 7, JUMP | JUMP32) && !OTHERS.contains(&(insn.opcode & 0xf0))
}
