//! Which lines of a module's programs were come to, and which ways on from their decisions were gone.

use std::collections::{BTreeMap, HashMap};

use nbpfc_isa::Insn;
use nbpfc_lower::Mark;
use nbpfc_source::{File, Span};

use crate::nbp::Programs;

/// What runs came to, in instructions.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    /// How often, by program and slot.
    counts: HashMap<(usize, usize), u64>,
}

/// What is known of a line with code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineCoverage {
    /// The line, from 1 on.
    pub line: u32,
    /// How often it was come to.
    pub hits: u64,
    /// The ways on that the line's decisions have: conditions that hold or not, values that are
    /// there or absent, arms, rounds of loops.
    pub branches: u32,
    /// Those that were not gone.
    pub missed: Vec<Missed>,
}

impl LineCoverage {
    /// How many of the ways on were gone.
    pub fn taken(&self) -> u32 {
        self.branches.saturating_sub(self.missed.len() as u32)
    }
}

/// A way on from a decision that was not gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// What decides, in the source.
    pub span: Span,
    /// What never was so, such as `was never true`.
    pub what: &'static str,
}

impl Reached {
    pub(super) fn step(&mut self, program: usize, at: usize) {
        *self.counts.entry((program, at)).or_default() += 1;
    }

    /// The lines of the module that have code, in order.
    pub fn lines(&self, programs: &Programs) -> Vec<LineCoverage> {
        let mut lines: BTreeMap<u32, LineCoverage> = BTreeMap::new();
        // How often each way was gone; functions are code wherever they are called.
        let mut ways: BTreeMap<(Span, Mark), u64> = BTreeMap::new();
        let Some(file) = programs.programs.first().map(|program| program.code.file.clone()) else {
            return Vec::new();
        };
        let file: &File = &file;
        let line_of = |span: Span| file.position(span.start).line;
        for (index, program) in programs.programs.iter().enumerate() {
            let hits = |slot| self.counts.get(&(index, slot)).copied().unwrap_or(0);
            let code = &program.code.code;
            let mut records = code.lines.iter().peekable();
            let (mut place, mut run) = (Span { start: 0, end: 0 }, 0);
            for (slot, insn) in code.insns.iter().enumerate() {
                while let Some((_, span)) = records.next_if(|(at, _)| *at as usize <= slot) {
                    (place, run) = (*span, 0);
                }
                run = if leads_on(insn) { run + 1 } else { 0 };
                let more = code.insns.get(slot + 1).is_some_and(leads_on)
                    && records.peek().is_none_or(|(at, _)| *at as usize > slot + 1);
                if let Some(mark) = Mark::from_length(run).filter(|_| !more) {
                    *ways.entry((place, mark)).or_default() += hits(slot);
                }
                // The rest is what no part of the source asks for.
                if place.start < place.end {
                    let line = line_of(place);
                    let entry = lines.entry(line).or_default();
                    entry.line = line;
                    entry.hits = entry.hits.max(hits(slot));
                }
            }
        }
        for ((span, mark), count) in ways {
            let entry = lines.entry(line_of(span)).or_default();
            entry.branches += 1;
            if count == 0 {
                entry.missed.push(Missed { span, what: never(mark) });
            }
        }
        lines.into_values().collect()
    }
}

fn never(mark: Mark) -> &'static str {
    match mark {
        Mark::True => "was never true",
        Mark::False => "was never false",
        Mark::Present => "was never there",
        Mark::Absent => "was never absent",
        Mark::Arm => "was never come to",
        Mark::Round => "had never a round",
        Mark::End => "never ran out",
    }
}

/// Whether an instruction is a jump to what follows, of which marks consist.
fn leads_on(insn: &Insn) -> bool {
    *insn == Insn::ja(0)
}
