//! What leads to each block, one list behind the other.

use std::ops::Index;

use cranelift_entity::SecondaryMap;

use crate::entity::Block;
use crate::function::Function;

/// The predecessors of every block in the layout; one that leads there twice is listed twice.
#[derive(Clone, Debug)]
pub struct Predecessors {
    /// By block: where its list begins in `all`, and how long it is.
    lists: SecondaryMap<Block, (u32, u32)>,
    all: Vec<Block>,
}

impl Index<Block> for Predecessors {
    type Output = [Block];

    fn index(&self, block: Block) -> &[Block] {
        let (start, count) = self.lists[block];
        &self.all[start as usize..][..count as usize]
    }
}

impl Predecessors {
    /// Those of the edges that leave these blocks.
    pub(crate) fn new(function: &Function, blocks: &[Block]) -> Self {
        let mut lists: SecondaryMap<Block, (u32, u32)> = function.per_block();
        let mut edges = 0;
        for &block in blocks {
            for successor in function.terminator(block).successors() {
                lists[successor].1 += 1;
                edges += 1;
            }
        }
        let mut start = 0;
        for list in lists.values_mut() {
            let count = std::mem::take(&mut list.1);
            list.0 = start;
            start += count;
        }
        let mut all = vec![function.entry(); edges];
        for &block in blocks {
            for successor in function.terminator(block).successors() {
                let (start, count) = &mut lists[successor];
                all[(*start + *count) as usize] = block;
                *count += 1;
            }
        }
        Self { lists, all }
    }
}

impl Function {
    /// The predecessors of every block in the layout.
    ///
    /// # Panics
    /// If a block in the layout is not finished.
    pub fn predecessors(&self) -> Predecessors {
        Predecessors::new(self, &self.layout)
    }
}
