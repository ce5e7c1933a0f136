//! From lines to slots: distances, jumps that are too far, line information.

use rustc_hash::FxHashMap;

use nbpfc_ir::{Func, Map};
use nbpfc_isa::{Insn, Level, Op, Pseudo};
use nbpfc_kernel::COMPLEXITY;
use nbpfc_source::Span;

use super::layout::{Line, Stream, ends_flow};
use super::vcode::Label;
use crate::code::{Code, MapReference, Relocation};
use crate::error::Error;

/// A jump that is too far goes to a stepping stone, this many to two times this many slots on.
/// The rest of the 32,767 slots is room for the stones themselves.
const STEP: usize = 12_000;

/// Gives jumps their distances.
pub(crate) fn encode(mut stream: Stream, stack: u32, level: Level) -> Result<Code, Error> {
    // Each round takes every jump that is too far one step closer.
    let mut rounds = 0;
    while step(&mut stream, level) {
        rounds += 1;
        if stream.lines.len() > COMPLEXITY || rounds > COMPLEXITY / STEP {
            let far = |(index, line): &(usize, &Line)| {
                line.to.is_some_and(|to| i16::try_from(distance(&stream, *index, to)).is_err())
            };
            let span = stream.lines.iter().enumerate().find(far).map(|(_, line)| line.span);
            return Err(Error::JumpTooFar { span: span.unwrap_or_default() });
        }
    }
    if stream.lines.len() > COMPLEXITY {
        return Err(Error::Instructions { have: stream.lines.len(), limit: COMPLEXITY });
    }
    let mut code = Code { stack, ..Code::default() };
    let mut last: Option<Span> = None;
    let mut wide = false;
    for (index, line) in stream.lines.iter().enumerate() {
        let mut insn = match line.to {
            Some(to) => with_distance(line, distance(&stream, index, to))?,
            None => line.insn,
        };
        if !wide && last != Some(line.span) {
            code.lines.push((index as u32, line.span));
            last = Some(line.span);
        }
        wide = !wide && insn.opcode == WIDE;
        if wide && insn.src == Pseudo::MapValue.code() {
            let number = std::mem::take(&mut insn.imm) as u32;
            // As objects have it: the relocation says what it is.
            insn.src = 0;
            code.relocations.push(Relocation { insn: index as u32, table: number as usize });
        }
        if wide && (insn.src == Pseudo::MapFd.code() || insn.src == Pseudo::MapIdxValue.code()) {
            let map = Map::from_u32(std::mem::take(&mut insn.imm) as u32);
            let value = insn.src == Pseudo::MapIdxValue.code();
            let next = stream.lines.get(index + 1);
            let offset = next.filter(|_| value).map(|line| line.insn.imm as u32);
            insn.src = 0;
            code.maps.push(MapReference { insn: index as u32, map, offset });
        }
        if insn.row().is_some_and(|row| row.op == Op::CallLocal) {
            // Where it leads is known when all functions are.
            code.calls.push((index as u32, Func::from_u32(insn.imm as u32)));
            insn.imm = -1;
        }
        code.insns.push(insn);
    }
    // An offset is the relocation's to tell.
    for reference in code.maps.iter().filter(|reference| reference.offset.is_some()) {
        if let Some(second) = code.insns.get_mut(reference.insn as usize + 1) {
            second.imm = 0;
        }
    }
    Ok(code)
}

/// The operation code of an instruction of two slots.
pub(crate) const WIDE: u8 = Insn::ld_imm64(nbpfc_isa::Reg(0), 0)[0].opcode;

/// Slots between the one behind `from` and a label.
fn distance(stream: &Stream, from: usize, to: Label) -> i64 {
    stream.places[to.index()] as i64 - from as i64 - 1
}

fn with_distance(&Line { insn, span, .. }: &Line, distance: i64) -> Result<Insn, Error> {
    if let Ok(off) = i16::try_from(distance) {
        return Ok(Insn { off, ..insn });
    }
    // Only a jump without condition is left that far.
    i32::try_from(distance).map(Insn::gotol).map_err(|_| Error::JumpTooFar { span })
}

/// Leads jumps that are too far over stepping stones; whether there were any.
fn step(stream: &mut Stream, level: Level) -> bool {
    let mut stones: FxHashMap<(usize, Label), Label> = FxHashMap::default();
    // By the line that they lie before.
    let mut sites: Vec<(usize, Label, Label)> = Vec::new();
    for index in 0..stream.lines.len() {
        let Line { insn, to: Some(to), .. } = stream.lines[index] else { continue };
        let distance = distance(stream, index, to);
        let free = level >= Level::V4 && insn == Insn::ja(0);
        if i16::try_from(distance).is_ok() || free {
            continue;
        }
        let site = site(stream, index, distance > 0);
        let stone = *stones.entry((site, to)).or_insert_with(|| {
            stream.places.push(site);
            let stone = Label(stream.places.len() as u32 - 1);
            sites.push((site, stone, to));
            stone
        });
        stream.lines[index].to = Some(stone);
    }
    if sites.is_empty() {
        return false;
    }
    sites.sort_by_key(|(site, stone, _)| (*site, stone.index()));
    insert(stream, &sites);
    true
}

/// A line before which a stepping stone for a jump can lie, in the direction of the jump: best
/// where nothing falls through.
fn site(stream: &Stream, from: usize, forward: bool) -> usize {
    let (low, high) = if forward {
        (from + 1, ((from / STEP + 2) * STEP).min(stream.lines.len()))
    } else {
        ((from / STEP).saturating_sub(1) * STEP, from)
    };
    let quiet = |site: &usize| *site > 0 && ends_flow(&stream.lines[*site - 1]);
    let whole = |site: &usize| *site == 0 || stream.lines[*site - 1].insn.opcode != WIDE;
    // Lines of one stretch agree on the site and share the stones there.
    let found = if forward {
        (low..high).rev().find(quiet).or_else(|| (low..high).rev().find(whole))
    } else {
        (low..high).find(quiet).or_else(|| (low..high).find(whole))
    };
    found.unwrap_or(low)
}

/// Puts jumps before the lines of `sites`, which are in order.
fn insert(stream: &mut Stream, sites: &[(usize, Label, Label)]) {
    let old = std::mem::take(&mut stream.lines);
    let mut moved = vec![0; old.len() + 1];
    let mut rest = sites;
    for (index, line) in old.iter().enumerate() {
        let count = rest.iter().take_while(|(site, ..)| *site == index).count();
        let (here, later) = rest.split_at(count);
        rest = later;
        let around = count > 0 && !stream.lines.last().is_some_and(ends_flow);
        if around {
            let over = Insn::ja(0);
            stream.lines.push(Line { insn: Insn { off: count as i16, ..over }, to: None, ..*line });
        }
        for &(_, stone, to) in here {
            stream.places[stone.index()] = stream.lines.len();
            stream.lines.push(Line { insn: Insn::ja(0), span: line.span, to: Some(to) });
        }
        moved[index] = stream.lines.len();
        stream.lines.push(*line);
    }
    moved[old.len()] = stream.lines.len();
    let stones = sites.len();
    let known = stream.places.len() - stones;
    for place in &mut stream.places[..known] {
        *place = moved[*place];
    }
}
