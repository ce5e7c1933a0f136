//! The dominator tree and the reverse postorder of a function's reachable blocks.
//!
//! Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001), with skip pointers
//! in the tree so that a common ancestor costs O(log n): a filter's reject block has as many
//! predecessors as the filter has terms, and the plain walk would be quadratic there.

use std::rc::Rc;

use cranelift_entity::SecondaryMap;
use smallvec::{SmallVec, smallvec};

use crate::entity::Block;
use crate::function::Function;
use crate::predecessors::Predecessors;

/// What is known of one reachable block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Node {
    /// Its place in the reverse postorder, plus 1; 0 for a block that nothing leads to.
    order: u32,
    /// The order of the immediate dominator; its own for the entry.
    idom: u32,
    /// Steps to the root.
    depth: u32,
    /// The order of an ancestor further up, for skipping.
    skip: u32,
    /// The numbers at which a walk of the tree enters and leaves the block.
    enter: u32,
    leave: u32,
    /// The number that the next of its children gets in that walk.
    next: u32,
}

/// Which blocks every path to a block goes through.
#[derive(Clone, Debug)]
pub struct Dominators {
    rpo: Rc<[Block]>,
    /// By block.
    order: SecondaryMap<Block, u32>,
    /// By order; the first is unused.
    nodes: Vec<Node>,
    preds: Predecessors,
}

impl Dominators {
    /// Computes them. Costs O(n log n) where the graph is reducible.
    ///
    /// # Panics
    /// If the function has no block, or one that can be reached is not finished.
    pub fn new(function: &Function) -> Self {
        Self::in_order(function, reverse_postorder(function).into())
    }

    /// As [`Dominators::new`], with what [`reverse_postorder`] gave for the function.
    ///
    /// # Panics
    /// If that is of a function whose blocks lead elsewhere.
    pub fn in_order(function: &Function, rpo: Rc<[Block]>) -> Self {
        let mut order: SecondaryMap<Block, u32> = function.per_block();
        for (index, &block) in rpo.iter().enumerate() {
            order[block] = index as u32 + 1;
        }
        let preds = Predecessors::new(function, &rpo);
        let nodes = vec![Node::default(); rpo.len() + 1];
        let mut this = Self { rpo, order, nodes, preds };
        // Once is enough without loops. With loops the tree is mended until it holds: if none has
        // two ways in, the second round finds nothing.
        while this.sweep() {}
        this.number();
        this
    }

    /// Recomputes the tree from the predecessors that have a place in it; whether it changed, and
    /// a loop could change it again.
    fn sweep(&mut self) -> bool {
        let (mut changed, mut loops) = (false, false);
        self.nodes[1] = Node { order: 1, idom: 1, skip: 1, ..Node::default() };
        for order in 2..self.nodes.len() as u32 {
            let preds = &self.preds[self.rpo[order as usize - 1]];
            let preds = preds.iter().map(|block| self.order[*block]);
            let known = preds.filter(|p| {
                loops |= *p >= order;
                self.nodes[*p as usize].order > 0
            });
            let idom = known.reduce(|a, b| self.common(a, b)).unwrap_or(1);
            let parent = self.nodes[idom as usize];
            let over = self.nodes[parent.skip as usize];
            let even =
                parent.depth - over.depth == over.depth - self.nodes[over.skip as usize].depth;
            let skip = if even { over.skip } else { idom };
            let node = Node { order, idom, depth: parent.depth + 1, skip, ..Node::default() };
            changed |= self.nodes[order as usize] != node;
            self.nodes[order as usize] = node;
        }
        changed && loops
    }

    fn common(&self, mut a: u32, mut b: u32) -> u32 {
        let node = |order: u32| self.nodes[order as usize];
        if node(a).depth < node(b).depth {
            std::mem::swap(&mut a, &mut b);
        }
        while node(a).depth > node(b).depth {
            let skip = node(a).skip;
            a = if node(skip).depth >= node(b).depth { skip } else { node(a).idom };
        }
        while a != b {
            let differ = node(a).skip != node(b).skip;
            (a, b) =
                if differ { (node(a).skip, node(b).skip) } else { (node(a).idom, node(b).idom) };
        }
        a
    }

    /// Numbers the tree so that an ancestor's interval contains its descendants'.
    fn number(&mut self) {
        // At first, `leave` says how many blocks a block dominates.
        for node in &mut self.nodes {
            node.leave = 1;
        }
        for order in (2..self.nodes.len()).rev() {
            let Node { idom, leave, .. } = self.nodes[order];
            self.nodes[idom as usize].leave += leave;
        }
        // Parents come before children in the order.
        for order in 1..self.nodes.len() {
            let Node { idom, leave: size, .. } = self.nodes[order];
            let enter = if order == 1 {
                0
            } else {
                let parent = &mut self.nodes[idom as usize];
                let enter = parent.next;
                parent.next += size;
                enter
            };
            let node = &mut self.nodes[order];
            (node.enter, node.leave, node.next) = (enter, enter + size, enter + 1);
        }
    }

    fn node(&self, block: Block) -> Node {
        self.nodes[self.order[block] as usize]
    }

    /// The blocks that can be reached, each before those it dominates, and before its successors
    /// except along the edges that close a loop.
    pub fn reverse_postorder(&self) -> &[Block] {
        &self.rpo
    }

    /// The blocks that can be reached in an order in which those that one dominates follow it
    /// without a gap.
    pub fn preorder(&self) -> Vec<Block> {
        let mut blocks = self.rpo.to_vec();
        for (order, block) in self.rpo.iter().enumerate() {
            blocks[self.nodes[order + 1].enter as usize] = *block;
        }
        blocks
    }

    /// What leads to each block that can be reached.
    pub fn predecessors(&self) -> &Predecessors {
        &self.preds
    }

    /// Whether control can reach a block.
    pub fn is_reachable(&self, block: Block) -> bool {
        self.order[block] > 0
    }

    /// A block's place in the reverse postorder; `None` if it cannot be reached.
    pub fn order(&self, block: Block) -> Option<usize> {
        (self.order[block] as usize).checked_sub(1)
    }

    /// The nearest block that every path to this one goes through; `None` for the entry and for
    /// what cannot be reached.
    pub fn immediate(&self, block: Block) -> Option<Block> {
        let node = self.node(block);
        (node.order > 1).then(|| self.rpo[node.idom as usize - 1])
    }

    /// Whether every path to `b` goes through `a`; a block dominates itself. False if either
    /// cannot be reached.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (a, b) = (self.node(a), self.node(b));
        a.order > 0 && b.order > 0 && a.enter <= b.enter && b.leave <= a.leave
    }

    /// The nearest block that dominates both.
    ///
    /// # Panics
    /// If either cannot be reached.
    pub fn nearest_common(&self, a: Block, b: Block) -> Block {
        self.rpo[self.common(self.order[a], self.order[b]) as usize - 1]
    }
}

/// The blocks that can be reached in reverse postorder: each before its successors except along
/// the edges that close a loop, what a first successor leads to before what a second does.
///
/// # Panics
/// If the function has no block, or one that can be reached is not finished.
pub fn reverse_postorder(function: &Function) -> Vec<Block> {
    /// A block, and its successors that are still to be looked at.
    type Open = (Block, Option<Block>, Option<Block>);
    let mut seen: SecondaryMap<Block, bool> = function.per_block();
    let mut postorder = Vec::with_capacity(function.layout.len());
    let entry = function.entry();
    seen[entry] = true;
    // The last successor first: the order is turned round in the end.
    let successors = |block| {
        let mut both = function.terminator(block).successors();
        let first = both.next();
        match both.next() {
            Some(second) => (Some(second), first),
            None => (first, None),
        }
    };
    let (first, second) = successors(entry);
    let mut stack: SmallVec<[Open; 16]> = smallvec![(entry, first, second)];
    while let Some((block, next, then)) = stack.last_mut() {
        if let Some(successor) = next.take() {
            *next = then.take();
            if !std::mem::replace(&mut seen[successor], true) {
                let (first, second) = successors(successor);
                stack.push((successor, first, second));
            }
        } else {
            postorder.push(*block);
            stack.pop();
        }
    }
    postorder.reverse();
    postorder
}

#[cfg(test)]
mod tests;
