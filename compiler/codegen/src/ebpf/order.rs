//! Blocks under construction, and the order in which they are emitted.
//!
//! Most blocks lie where selection put them. A block that only leads to another (an edge with
//! moves, the question whether a packet really is short) lies before that other block if nothing
//! falls through there, and at the end if something does.

use nbpfc_source::Span;

use super::vcode::{Block, End, Label, Op, VCode, VReg};

/// A function under construction.
pub(crate) struct Builder {
    blocks: Vec<Block>,
    /// The block that each leads to and lies before; `None` for blocks that have their place.
    leads_to: Vec<Option<Label>>,
    current: usize,
    registers: u32,
    pub(crate) span: Span,
    /// See [`VCode::bounds`].
    pub(crate) bounds: bool,
}

/// For how many blocks there is room at first.
const SMALL: usize = 64;

impl Default for Builder {
    fn default() -> Self {
        Self {
            blocks: Vec::with_capacity(SMALL),
            leads_to: Vec::with_capacity(SMALL),
            current: 0,
            registers: 0,
            span: Span::default(),
            bounds: false,
        }
    }
}

impl Builder {
    /// A new virtual register.
    pub(crate) fn register(&mut self) -> VReg {
        self.registers += 1;
        VReg(self.registers - 1)
    }

    /// A new block.
    pub(crate) fn label(&mut self) -> Label {
        let end = End::ReturnImm(0);
        self.blocks.push(Block { params: Vec::new(), ops: Vec::new(), end, span: self.span });
        self.leads_to.push(None);
        Label(self.blocks.len() as u32 - 1)
    }

    /// A new block that has no place but before `target`.
    pub(crate) fn label_before(&mut self, target: Label) -> Label {
        let label = self.label();
        self.leads_to[label.index()] = Some(target);
        label
    }

    /// Instructions are added to this block from here on. Returns the one before.
    pub(crate) fn switch_to(&mut self, label: Label) -> Label {
        Label(std::mem::replace(&mut self.current, label.index()) as u32)
    }

    /// A new parameter of a block.
    pub(crate) fn param(&mut self, label: Label) -> VReg {
        let register = self.register();
        self.blocks[label.index()].params.push(register);
        register
    }

    /// Adds an instruction.
    pub(crate) fn op(&mut self, op: Op) {
        self.blocks[self.current].ops.push((op, self.span));
    }

    /// Adds an instruction that writes a new register.
    pub(crate) fn def(&mut self, op: impl FnOnce(VReg) -> Op) -> VReg {
        let d = self.register();
        self.op(op(d));
        d
    }

    /// Ends the current block.
    pub(crate) fn end(&mut self, end: End) {
        self.blocks[self.current].end = end;
        self.blocks[self.current].span = self.span;
    }

    /// The finished function: `order` lists the blocks that have a place, the entry first.
    pub(crate) fn finish(mut self, order: &[Label], stack: u32) -> VCode {
        let merged = self.merge();
        self.split_edges();
        let order: Vec<Label> =
            order.iter().copied().filter(|label| !merged[label.index()]).collect();
        let placed = self.place(&order);
        let sorted = self.sort(&placed);
        let mut names = vec![None; self.blocks.len()];
        for (index, label) in sorted.iter().enumerate() {
            names[label.index()] = Some(Label(index as u32));
        }
        let order = placed.iter().filter_map(|label| names[label.index()]).collect();
        let mut old: Vec<Option<Block>> = self.blocks.into_iter().map(Some).collect();
        let mut blocks: Vec<Block> =
            sorted.iter().filter_map(|label| old[label.index()].take()).collect();
        for block in &mut blocks {
            block.end.for_each_target(|label| *label = names[label.index()].unwrap_or(*label));
        }
        VCode { blocks, order, registers: self.registers, stack, bounds: self.bounds }
    }

    /// Makes one block of two where control goes from one to the other and nowhere else. Returns
    /// which blocks are part of others now.
    fn merge(&mut self) -> Vec<bool> {
        let mut preds = vec![0u32; self.blocks.len()];
        for block in &self.blocks {
            block.end.successors().for_each(|label| preds[label.index()] += 1);
        }
        let mut merged = vec![false; self.blocks.len()];
        for index in 0..self.blocks.len() {
            // What waits for a place before another block stays what it is.
            while !merged[index]
                && self.leads_to[index].is_none()
                && let End::Jump(to, arguments) = &self.blocks[index].end
                && arguments.is_empty()
                && preds[to.index()] == 1
                && to.index() != index
                && self.leads_to[to.index()].is_none()
            {
                let to = to.index();
                let ops = std::mem::take(&mut self.blocks[to].ops);
                let end = std::mem::replace(&mut self.blocks[to].end, End::ReturnImm(0));
                let span = self.blocks[to].span;
                let block = &mut self.blocks[index];
                block.ops.extend(ops);
                block.end = end;
                block.span = span;
                merged[to] = true;
            }
        }
        merged
    }

    /// The blocks that can be reached in reverse postorder, as near as it can be to `placed`.
    fn sort(&self, placed: &[Label]) -> Vec<Label> {
        let mut rank = vec![0; self.blocks.len()];
        for (index, label) in placed.iter().enumerate() {
            rank[label.index()] = index;
        }
        // What is placed last is visited first, and so comes last in the reverse.
        let successors = |label: Label| {
            let mut both = self.blocks[label.index()].end.successors();
            match (both.next(), both.next()) {
                (Some(a), Some(b)) if rank[a.index()] > rank[b.index()] => [Some(b), Some(a)],
                (a, b) => [a, b],
            }
        };
        let mut seen = vec![false; self.blocks.len()];
        let mut postorder = Vec::with_capacity(self.blocks.len());
        let mut stack: Vec<(Label, [Option<Label>; 2])> = Vec::new();
        if let Some(&entry) = placed.first() {
            seen[entry.index()] = true;
            stack.push((entry, successors(entry)));
        }
        while let Some((label, [first, last])) = stack.last_mut() {
            if let Some(next) = last.take().or_else(|| first.take()) {
                if !std::mem::replace(&mut seen[next.index()], true) {
                    stack.push((next, successors(next)));
                }
            } else {
                postorder.push(*label);
                stack.pop();
            }
        }
        postorder.reverse();
        // Nothing lives on in what only returns a number. At the end it makes no holes in the
        // lives of others, which register allocation would spend its time on.
        let (returns, mut sorted): (Vec<Label>, Vec<Label>) =
            postorder.into_iter().partition(|label| {
                let block = &self.blocks[label.index()];
                block.ops.is_empty() && matches!(block.end, End::ReturnImm(_))
            });
        sorted.extend(returns);
        sorted
    }

    /// Puts a block on each edge from a block with several successors to one with several
    /// predecessors: register allocation wants a place for moves there.
    fn split_edges(&mut self) {
        let mut preds = vec![0u32; self.blocks.len()];
        for block in &self.blocks {
            block.end.successors().for_each(|label| preds[label.index()] += 1);
        }
        for index in 0..self.blocks.len() {
            let mut end = self.blocks[index].end.clone();
            if let End::Branch { .. } = end {
                let span = self.blocks[index].span;
                end.for_each_target(|label| {
                    if preds[label.index()] > 1 {
                        let edge = self.label_before(*label);
                        // A return is copied rather than jumped to.
                        let target = &self.blocks[label.index()];
                        self.blocks[edge.index()].end = match target.end {
                            End::ReturnImm(number) if target.ops.is_empty() => {
                                End::ReturnImm(number)
                            }
                            _ => End::Jump(*label, Vec::new()),
                        };
                        self.blocks[edge.index()].span = span;
                        *label = edge;
                    }
                });
                self.blocks[index].end = end;
            }
        }
    }

    /// The order with the blocks that had no place.
    fn place(&self, order: &[Label]) -> Vec<Label> {
        let mut waiting: Vec<Vec<Label>> = vec![Vec::new(); self.blocks.len()];
        for (index, target) in self.leads_to.iter().enumerate() {
            if let Some(target) = target {
                waiting[target.index()].push(Label(index as u32));
            }
        }
        let mut placed: Vec<Label> = Vec::with_capacity(self.blocks.len());
        let mut last: Vec<Label> = Vec::new();
        for &label in order {
            let mut before = Vec::new();
            collect(label, &mut waiting, &mut before);
            let falls = |to: Label| {
                let previous = placed.last().map(|previous| &self.blocks[previous.index()].end);
                previous.is_some_and(|end| end.successors().any(|next| next == to))
            };
            if falls(label) {
                last.append(&mut before);
            } else if let Some(edge) = before.iter().position(|edge| falls(*edge)) {
                placed.push(before.swap_remove(edge));
                last.append(&mut before);
            } else {
                placed.append(&mut before);
            }
            placed.push(label);
        }
        placed.append(&mut last);
        // What waits for a block that has become part of another.
        let mut there = vec![false; self.blocks.len()];
        for label in &placed {
            there[label.index()] = true;
        }
        let rest = (0..self.blocks.len() as u32).map(Label);
        placed.extend(
            rest.filter(|label| self.leads_to[label.index()].is_some() && !there[label.index()]),
        );
        placed
    }
}

/// Takes what waits for a block, and what waits for that.
fn collect(label: Label, waiting: &mut [Vec<Label>], into: &mut Vec<Label>) {
    for edge in std::mem::take(&mut waiting[label.index()]) {
        collect(edge, waiting, into);
        into.push(edge);
    }
}
