//! From lines with labels to instructions with distances.

use super::insn::{ClassicInsn, code};
use crate::error::Error;

/// How many instructions a program may have (`BPF_MAXINSNS`).
const LIMIT: usize = 4096;

/// A place in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Label(pub(crate) usize);

/// A line of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Insn {
        code: u16,
        k: u32,
    },
    /// Goes to the first label if the condition holds and to the second if not.
    Branch {
        code: u16,
        k: u32,
        then: Label,
        otherwise: Label,
    },
    Jump(Label),
    /// The place of a label.
    Place(Label),
}

/// Gives jumps their distances. `labels` is how many labels there are. All jumps lead forward.
pub(crate) fn assemble(lines: &[Line], labels: usize) -> Result<Vec<ClassicInsn>, Error> {
    // A branch that cannot reach its targets jumps over jumps that can.
    let mut long = vec![(false, false); lines.len()];
    loop {
        let places = places(lines, labels, &long);
        let mut changed = false;
        let mut at = 0;
        for (index, line) in lines.iter().enumerate() {
            if let Line::Branch { then, otherwise, .. } = *line {
                let far = |to: Label| places[to.0].saturating_sub(at + 1) > usize::from(u8::MAX);
                let need = (long[index].0 || far(then), long[index].1 || far(otherwise));
                changed |= need != long[index];
                long[index] = need;
            }
            at += size(line, long[index]);
        }
        if !changed {
            return write(lines, &places, &long);
        }
    }
}

/// Leaves out jumps to what follows.
pub(crate) fn tidy(lines: &mut Vec<Line>) {
    let needed: Vec<bool> = (0..lines.len())
        .map(|index| match lines[index] {
            Line::Jump(to) => {
                let mut places =
                    lines[index + 1..].iter().take_while(|line| matches!(line, Line::Place(_)));
                !places.any(|line| *line == Line::Place(to))
            }
            _ => true,
        })
        .collect();
    let mut needed = needed.into_iter();
    lines.retain(|_| needed.next().unwrap_or(true));
}

const fn size(line: &Line, (then, otherwise): (bool, bool)) -> usize {
    match line {
        Line::Insn { .. } | Line::Jump(_) => 1,
        Line::Branch { .. } => 1 + then as usize + otherwise as usize,
        Line::Place(_) => 0,
    }
}

fn places(lines: &[Line], labels: usize, long: &[(bool, bool)]) -> Vec<usize> {
    let mut places = vec![0; labels];
    let mut at = 0;
    for (line, long) in lines.iter().zip(long) {
        if let Line::Place(label) = line {
            places[label.0] = at;
        }
        at += size(line, *long);
    }
    places
}

fn write(
    lines: &[Line],
    places: &[usize],
    long: &[(bool, bool)],
) -> Result<Vec<ClassicInsn>, Error> {
    let mut insns: Vec<ClassicInsn> = Vec::new();
    for (line, &(far_then, far_otherwise)) in lines.iter().zip(long) {
        let at = insns.len();
        let distance = |to: Label, from: usize| places[to.0].saturating_sub(from + 1);
        match *line {
            Line::Place(_) => {}
            Line::Insn { code, k } => insns.push(ClassicInsn { code, k, ..Default::default() }),
            Line::Jump(to) => insns.push(ja(distance(to, at))),
            Line::Branch { code, k, then, otherwise } => {
                let jt = if far_then { 0 } else { distance(then, at) };
                let jf = match (far_otherwise, far_then) {
                    (true, _) => usize::from(far_then),
                    (false, _) => distance(otherwise, at),
                };
                insns.push(ClassicInsn { code, jt: jt as u8, jf: jf as u8, k });
                if far_then {
                    insns.push(ja(distance(then, insns.len())));
                }
                if far_otherwise {
                    insns.push(ja(distance(otherwise, insns.len())));
                }
            }
        }
    }
    if insns.len() > LIMIT {
        return Err(Error::Instructions { have: insns.len(), limit: LIMIT });
    }
    Ok(insns)
}

fn ja(distance: usize) -> ClassicInsn {
    ClassicInsn { code: code::JA, k: distance as u32, ..Default::default() }
}
