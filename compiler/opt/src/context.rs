//! What passes are given beside the function: what they may do, and how much of it.

use std::rc::Rc;

use nbpfc_ir::{Block, Dominators, Function, Written, reverse_postorder};
use nbpfc_kernel::{Access, Target};

/// How the code that comes out reads packets; it decides which rewrites of checks and loads help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packets {
    /// Through pointers that were compared with the packet's end. One comparison may cover many
    /// loads, and a load may be of 8 bytes.
    Direct,
    /// By instructions that test the packet's length themselves: `LD_ABS` and `LD_IND`, or classic
    /// BPF, whose loads are of at most 4 bytes. A check costs nothing where a load repeats it.
    Absolute,
}

/// What a pass may do.
#[derive(Clone, Debug)]
pub struct Context {
    packets: Packets,
    short_costs: bool,
    again: Option<Block>,
    fuel: Option<u64>,
    spent: u64,
    /// Of the function at hand, as long as its blocks lead where they led.
    order: Option<Rc<[Block]>>,
    dominators: Option<Rc<Dominators>>,
    written: Option<Written>,
}

impl Context {
    /// For a target. Classic BPF reads packets absolutely whatever the target says.
    pub fn new(target: &Target, classic: bool, fuel: Option<u64>) -> Self {
        let packets = match target.hook.access {
            Access::Direct { .. } if !classic => Packets::Direct,
            Access::Direct { .. } | Access::Absolute { .. } => Packets::Absolute,
        };
        let short_costs = matches!(target.hook.access, Access::Direct { beyond: Some(_) });
        Self {
            packets,
            short_costs,
            again: None,
            fuel,
            spent: 0,
            order: None,
            dominators: None,
            written: None,
        }
    }

    /// How packets are read.
    pub fn packets(&self) -> Packets {
        self.packets
    }

    /// Whether a check that fails leads to the question if the packet goes on elsewhere, so that
    /// it pays to send packets away by another test first.
    pub fn short_costs(&self) -> bool {
        self.short_costs
    }

    /// The function's dominators; worked out unless they are known from another pass.
    pub(crate) fn dominators(&mut self, function: &Function) -> Rc<Dominators> {
        if self.dominators.is_none() {
            let order = self.order(function);
            self.dominators = Some(Rc::new(Dominators::in_order(function, order)));
        }
        self.dominators.clone().unwrap_or_else(|| unreachable!("worked out above"))
    }

    /// The function's blocks in reverse postorder; worked out unless it is known.
    pub(crate) fn order(&mut self, function: &Function) -> Rc<[Block]> {
        self.order.get_or_insert_with(|| reverse_postorder(function).into()).clone()
    }

    /// All that is written anywhere in the function.
    pub(crate) fn written(&mut self, function: &Function) -> Written {
        *self.written.get_or_insert_with(|| function.written())
    }

    /// Whether what is known of the order of blocks is true.
    pub(crate) fn knows(&self, function: &Function) -> bool {
        self.order.as_ref().is_none_or(|order| **order == *reverse_postorder(function))
    }

    /// The function's blocks lead elsewhere.
    pub(crate) fn forget(&mut self) {
        (self.order, self.dominators, self.written) = (None, None, None);
    }

    /// There is another function.
    pub(crate) fn begin(&mut self) {
        self.forget();
        self.again = None;
    }

    /// The block where the function as it was begins, that has a copy for usual packets: going
    /// there from anywhere gives the same verdict.
    pub(crate) fn again(&self) -> Option<Block> {
        self.again
    }

    /// Sets [`Self::again`] for the function that is worked on.
    pub(crate) fn begins_again(&mut self, at: Option<Block>) {
        self.again = at;
    }

    /// How many rewrites were made.
    pub fn spent(&self) -> u64 {
        self.spent
    }

    /// What was done since so many rewrites counts for nothing.
    pub(crate) fn take_back(&mut self, spent: u64) {
        self.spent = spent;
    }

    /// Asks leave for one rewrite; the pass makes it if and only if the answer is true.
    pub fn rewrite(&mut self) -> bool {
        let allowed = self.fuel.is_none_or(|fuel| self.spent < fuel);
        self.spent += u64::from(allowed);
        allowed
    }
}
