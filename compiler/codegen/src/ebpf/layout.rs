//! From blocks to one line of instructions: which jumps are left, and which way they ask.
//!
//! A block that does nothing but jump is jumped over. A way that ends in a constant ends where it
//! is, and branches to the same constant go to the next such end behind them: forward, so that
//! the verifier has few paths waiting (one that is taken late is checked late), and without a
//! second jump.

use rustc_hash::FxHashMap;

use nbpfc_ir::Compare;
use nbpfc_isa::{Bits, Insn, JmpOp, Level, Src};
use nbpfc_source::Span;

use super::assign::{Assigned, Block, Condition, Exit, result};
use super::vcode::Label;

/// The verifier keeps no more than 8192 ways for later (`BPF_COMPLEXITY_LIMIT_JMP_SEQ`), one for
/// each branch on the way that falls through. A function with more than so many branches to
/// returns has the returns between them instead: longer, but each way ends before the next.
const WAITING: usize = 4000;

/// Up to how many blocks a function has for two ways to place its returns to be tried.
const TRIED: usize = 256;

/// An instruction and, of a jump, the label that it goes to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) insn: Insn,
    pub(crate) span: Span,
    pub(crate) to: Option<Label>,
}

/// Instructions in their order; labels are indexes into `places`, which are indexes of lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    pub(crate) lines: Vec<Line>,
    pub(crate) places: Vec<usize>,
}

/// Lays the blocks out.
pub(crate) fn lay_out(assigned: Assigned, level: Level) -> Stream {
    let mut blocks = assigned.blocks;
    thread(&mut blocks);
    let stream = settle(&blocks, level, false);
    let either = |block: &Block| match block.exit {
        Exit::Branch { then, otherwise, .. } => {
            [then, otherwise].iter().all(|label| pure(&blocks[label.index()]).is_some())
        }
        _ => false,
    };
    if blocks.len() > TRIED || !blocks.iter().any(either) {
        return stream;
    }
    let other = settle(&blocks, level, true);
    if other.lines.len() < stream.lines.len() { other } else { stream }
}

/// Writes the blocks, and again as long as there are returns to leave out.
fn settle(blocks: &[Block], level: Level, holds: bool) -> Stream {
    let mut order = order(blocks, holds);
    let mut stream = write(blocks, &order, level, holds);
    // Without a return that nobody goes to, its neighbours may do with fewer jumps.
    while leave_out(blocks, &stream, &mut order) {
        let shorter = write(blocks, &order, level, holds);
        if !is_whole(blocks, &shorter, &order) {
            break;
        }
        stream = shorter;
    }
    share_exits(blocks, &order, &mut stream);
    drop_unreachable(&mut stream);
    stream
}

/// Leads to another end where nothing is done but to end, and nothing falls there.
fn share_exits(blocks: &[Block], order: &[usize], stream: &mut Stream) {
    let only = |index: &&usize| {
        blocks[**index].insns.is_empty() && matches!(blocks[**index].exit, Exit::Return)
    };
    let is_exit = |line: &Line| line.insn == Insn::exit();
    let last = stream.lines.iter().rposition(is_exit);
    for &index in order.iter().filter(only) {
        let place = stream.places[index];
        let alone = place.checked_sub(1).is_some_and(|before| ends_flow(&stream.lines[before]));
        let other = stream.lines.iter().position(is_exit).filter(|first| *first != place).or(last);
        if let (true, Some(other)) = (alone, other) {
            stream.places[index] = other;
            stream.places[blocks.len() + index] = other;
        }
    }
}

fn write(blocks: &[Block], order: &[usize], level: Level, holds: bool) -> Stream {
    let lines = Vec::with_capacity(4 * blocks.len());
    let stream = Stream { lines, places: vec![0; 2 * blocks.len()] };
    let returns = |index: &&usize| match blocks[**index].exit {
        Exit::Branch { then, otherwise, .. } => {
            [then, otherwise].iter().any(|label| pure(&blocks[label.index()]).is_some())
        }
        _ => false,
    };
    let spread = order.iter().filter(returns).count() > WAITING;
    let mut writer =
        Writer { stream, blocks, ends: Ends::new(blocks, order), level, spread, holds };
    for (place, &index) in order.iter().enumerate() {
        writer.block(place, index, order.get(place + 1).copied());
    }
    writer.stream
}

/// Whether the blocks that lines go to are all there.
fn is_whole(blocks: &[Block], stream: &Stream, order: &[usize]) -> bool {
    let mut there = vec![false; blocks.len()];
    for index in order {
        there[*index] = true;
    }
    stream.lines.iter().filter_map(|line| line.to).all(|to| there[to.index() % blocks.len()])
}

/// Takes returns that nothing leads to out of the order; whether there were any.
fn leave_out(blocks: &[Block], stream: &Stream, order: &mut Vec<usize>) -> bool {
    let mut used = vec![false; blocks.len()];
    for label in stream.lines.iter().filter_map(|line| line.to) {
        used[label.index() % blocks.len()] = true;
    }
    let before = order.len();
    order.retain(|&index| {
        let falls = stream.places[index]
            .checked_sub(1)
            .and_then(|line| stream.lines.get(line))
            .is_none_or(|line| !ends_flow(line));
        pure(&blocks[index]).is_none() || used[index] || falls
    });
    order.len() != before
}

/// Drops the lines that control cannot get to, which the verifier refuses.
fn drop_unreachable(stream: &mut Stream) {
    let mut reached = vec![false; stream.lines.len()];
    let mut work = vec![0];
    while let Some(index) = work.pop() {
        let Some(line) = stream.lines.get(index) else { continue };
        if !std::mem::replace(&mut reached[index], true) {
            work.extend(line.to.map(|to| stream.places[to.index()]));
            if !ends_flow(line) {
                work.push(index + 1);
            }
        }
    }
    let mut moved = Vec::with_capacity(stream.lines.len() + 1);
    let mut kept = 0;
    for reached in &reached {
        moved.push(kept);
        kept += usize::from(*reached);
    }
    moved.push(kept);
    for place in &mut stream.places {
        *place = moved[*place];
    }
    let mut reached = reached.into_iter();
    stream.lines.retain(|_| reached.next().unwrap_or(true));
}

/// Whether nothing falls from this line to the next. Without a label, a jump is one to the next.
pub(crate) fn ends_flow(line: &Line) -> bool {
    line.insn == Insn::exit() || line.insn == Insn::ja(0) && line.to.is_some()
}

/// Whether a block only returns this number.
fn pure(block: &Block) -> Option<u32> {
    match block.exit {
        Exit::ReturnImm(number) if block.insns.is_empty() => Some(number),
        _ => None,
    }
}

/// Redirects jumps to blocks that only jump on, and returns at once where a jump would lead to a
/// return.
fn thread(blocks: &mut [Block]) {
    let mut ends: Vec<usize> = (0..blocks.len()).collect();
    for start in (0..blocks.len()).rev() {
        // Follow the jumps; a loop of nothing but jumps is left as it is.
        let mut end = start;
        let mut steps = 0;
        while let Exit::Jump(to) = blocks[end].exit
            && blocks[end].insns.is_empty()
            && steps <= blocks.len()
        {
            // What comes later knows its end already.
            end = if to.index() > start { ends[to.index()] } else { to.index() };
            steps += 1;
        }
        ends[start] = end;
    }
    for index in 0..blocks.len() {
        let resolve = |label: Label| Label(ends[label.index()] as u32);
        let jump = |to: Label| match pure(&blocks[to.index()]) {
            Some(number) => Exit::ReturnImm(number),
            None => Exit::Jump(to),
        };
        let exit = match blocks[index].exit {
            Exit::Jump(to) => jump(resolve(to)),
            Exit::Branch { condition, then, otherwise } => {
                let (then, otherwise) = (resolve(then), resolve(otherwise));
                if then == otherwise {
                    jump(then)
                } else {
                    Exit::Branch { condition, then, otherwise }
                }
            }
            exit => exit,
        };
        blocks[index].exit = exit;
    }
}

/// The blocks that are needed, in order. Of those that only return a number, one is kept behind a
/// branch that falls into it, and the last of all if nothing else returns that number.
fn order(blocks: &[Block], holds: bool) -> Vec<usize> {
    let mut reached = vec![false; blocks.len()];
    let mut work = vec![0];
    while let Some(index) = work.pop() {
        if !std::mem::replace(&mut reached[index], true) {
            match blocks[index].exit {
                Exit::Jump(to) => work.push(to.index()),
                Exit::Branch { then, otherwise, .. } => {
                    work.extend([otherwise.index(), then.index()]);
                }
                Exit::Return | Exit::ReturnImm(_) => {}
            }
        }
    }
    // The last way to return each number.
    let mut last: FxHashMap<u32, usize> = FxHashMap::default();
    for (index, block) in blocks.iter().enumerate().filter(|(index, _)| reached[*index]) {
        if let Exit::ReturnImm(number) = block.exit {
            last.insert(number, index);
        }
    }
    // The next block in order that is there for sure.
    let mut following: Vec<Option<usize>> = vec![None; blocks.len()];
    for index in (1..blocks.len()).rev() {
        let sure = reached[index] && pure(&blocks[index]).is_none();
        following[index - 1] = if sure { Some(index) } else { following[index] };
    }
    let mut placed = vec![false; blocks.len()];
    let mut order: Vec<usize> = Vec::new();
    for index in (0..blocks.len()).filter(|index| reached[*index]) {
        if let Some(number) = pure(&blocks[index])
            && last.get(&number) != Some(&index)
        {
            continue;
        }
        if !std::mem::replace(&mut placed[index], true) {
            order.push(index);
        }
        if let Exit::Branch { then, otherwise, .. } = blocks[index].exit {
            let ways = [then.index(), otherwise.index()];
            let follows = ways.iter().any(|way| Some(*way) == following[index]);
            let first = usize::from(!holds);
            let end = [ways[first], ways[1 - first]];
            let end = end.into_iter().find(|way| pure(&blocks[*way]).is_some() && !placed[*way]);
            if let Some(end) = end.filter(|_| !follows) {
                placed[end] = true;
                order.push(end);
            }
        }
    }
    order
}

/// Where numbers are returned.
struct Ends {
    /// By number: the places in the order of blocks that end with it, ascending.
    places: FxHashMap<u32, Vec<usize>>,
    order: Vec<usize>,
}

impl Ends {
    fn new(blocks: &[Block], order: &[usize]) -> Self {
        let mut places: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for (place, &index) in order.iter().enumerate() {
            if let Exit::ReturnImm(number) = blocks[index].exit {
                places.entry(number).or_default().push(place);
            }
        }
        Self { places, order: order.to_vec() }
    }

    /// The block whose end returns a number: the next behind a place, or else the last.
    fn near(&self, number: u32, place: usize) -> Option<usize> {
        let places = self.places.get(&number)?;
        let next = places.partition_point(|candidate| *candidate <= place);
        let chosen = places.get(next).or(places.last())?;
        self.order.get(*chosen).copied()
    }
}

struct Writer<'a> {
    stream: Stream,
    blocks: &'a [Block],
    ends: Ends,
    level: Level,
    /// Whether to return at once rather than to branch to a return, see [`WAITING`].
    spread: bool,
    /// Of two returns after a branch, which one stands there: that where the condition holds.
    holds: bool,
}

impl Writer<'_> {
    fn push(&mut self, insn: Insn, span: Span, to: Option<Label>) {
        self.stream.lines.push(Line { insn, span, to });
    }

    /// Writes the block at a place of the order, and jumps unless `next` is where it goes on.
    fn block(&mut self, place: usize, index: usize, next: Option<usize>) {
        let block = &self.blocks[index];
        self.stream.places[index] = self.stream.lines.len();
        for &(insn, span) in &block.insns {
            self.push(insn, span, None);
        }
        // The label of the end: where other blocks return the same number.
        self.stream.places[self.blocks.len() + index] = self.stream.lines.len();
        let span = block.span;
        match block.exit {
            Exit::Return => self.push(Insn::exit(), span, None),
            Exit::ReturnImm(number) => {
                // The next block may return the same and nothing else.
                if next.and_then(|next| pure(&self.blocks[next])) != Some(number) {
                    self.push(result(number), span, None);
                    self.push(Insn::exit(), span, None);
                }
            }
            Exit::Jump(to) => self.jump(to, span, next),
            Exit::Branch { condition, then, otherwise } => {
                let goes = |label: Label| Some(label.index()) == next;
                let inverse = Condition { compare: condition.compare.negate(), ..condition };
                if goes(then) {
                    self.branch(inverse, otherwise, then, span, place, next);
                } else {
                    self.branch(condition, then, otherwise, span, place, next);
                }
            }
        }
    }

    fn jump(&mut self, to: Label, span: Span, next: Option<usize>) {
        if Some(to.index()) != next {
            self.push(Insn::ja(0), span, Some(to));
        }
    }

    /// Goes to `then` if the condition holds, and falls or jumps to `otherwise`.
    fn branch(
        &mut self,
        condition: Condition,
        then: Label,
        otherwise: Label,
        span: Span,
        place: usize,
        next: Option<usize>,
    ) {
        let inverse = Condition { compare: condition.compare.negate(), ..condition };
        let goes = |label: Label| Some(label.index()) == next;
        match (self.encode(condition), self.encode(inverse)) {
            (_, Some(opposite)) if self.spread && pure(&self.blocks[then.index()]).is_some() => {
                self.push(opposite, span, Some(self.label(otherwise, place)));
                self.leave(then, span, None);
            }
            (Some(insn), _) if goes(otherwise) => {
                self.push(insn, span, Some(self.label(then, place)));
            }
            // Neither follows, or the comparison exists the other way round only.
            (Some(insn), None) => {
                self.push(insn, span, Some(self.label(then, place)));
                self.leave(otherwise, span, next);
            }
            (Some(insn), Some(opposite)) => {
                // Return on the spot what can be returned.
                let other = pure(&self.blocks[otherwise.index()]).is_some();
                if pure(&self.blocks[then.index()]).is_some() && (!other || self.holds) {
                    self.push(opposite, span, Some(self.label(otherwise, place)));
                    self.leave(then, span, next);
                } else {
                    self.push(insn, span, Some(self.label(then, place)));
                    self.leave(otherwise, span, next);
                }
            }
            (None, Some(opposite)) => {
                self.push(opposite, span, Some(self.label(otherwise, place)));
                self.leave(then, span, next);
            }
            (None, None) => {}
        }
    }

    /// Goes on at a block that does not follow.
    fn leave(&mut self, to: Label, span: Span, next: Option<usize>) {
        match pure(&self.blocks[to.index()]) {
            Some(number) if Some(to.index()) != next => {
                self.push(result(number), span, None);
                self.push(Insn::exit(), span, None);
            }
            _ => self.jump(to, span, next),
        }
    }

    /// The label to jump to in order to get to a block.
    fn label(&self, to: Label, place: usize) -> Label {
        let end = pure(&self.blocks[to.index()]).and_then(|number| self.ends.near(number, place));
        end.map_or(to, |index| Label((self.blocks.len() + index) as u32))
    }

    /// A jump on a condition; `None` if the level has none.
    fn encode(&self, condition: Condition) -> Option<Insn> {
        let Condition { bits, compare, a, b } = condition;
        let op = match compare {
            Compare::Eq => JmpOp::Eq,
            Compare::Ne => JmpOp::Ne,
            Compare::Gt => JmpOp::Gt,
            Compare::Ge => JmpOp::Ge,
            Compare::Set => JmpOp::Set,
            Compare::Lt if self.level >= Level::V2 => JmpOp::Lt,
            Compare::Le if self.level >= Level::V2 => JmpOp::Le,
            Compare::Lt | Compare::Le => return self.turned(bits, compare, a, b),
            Compare::Clear => return None,
        };
        Some(Insn::jump(bits, op, a, b, 0))
    }

    /// `a < b` as `b > a`.
    fn turned(&self, bits: Bits, compare: Compare, a: nbpfc_isa::Reg, b: Src) -> Option<Insn> {
        match b {
            Src::Reg(b) => {
                self.encode(Condition { bits, compare: compare.swap(), a: b, b: Src::Reg(a) })
            }
            Src::Imm(_) => None,
        }
    }
}
