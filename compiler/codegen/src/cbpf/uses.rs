//! Who uses a value where, and what follows from it: evaluated where it is used, again at each
//! use, or once and then kept in a word of memory.

use rustc_hash::{FxHashMap, FxHashSet};

use nbpfc_ir::{
    BinaryOp, Block, Field, Function, Instruction, Limits, Terminator, Type, UnaryOp, Value,
    ValueDef, Width,
};
use nbpfc_source::Span;

use super::tree::{Key, Side, Sides, Tree, commutes};
use super::{STATE, inexpressible};
use crate::error::Error;
use crate::plan::{Address, Plan};
use crate::reversed::{Reversed, swap};

/// Words of memory (`BPF_MEMWORDS`).
const WORDS: u8 = 16;

/// What there are none of.
const WIDE: &str = "64-bit numbers";

/// Where loads of what is not in the packet begin (`SKF_AD_OFF`), and what is there.
const ANCILLARY: u32 = 0xffff_f000;
const PACKET_TYPE: u32 = ANCILLARY + 4;
const INTERFACE: u32 = ANCILLARY + 8;
const VLAN_TCI: u32 = ANCILLARY + 44;
const VLAN_PRESENT: u32 = ANCILLARY + 48;

/// What is known of the uses of a key.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    count: u32,
    /// Where it is used last.
    last: usize,
    /// Whether some use, and whether every use, is in the block that makes the value and
    /// happens whichever way is gone from there.
    some_home: bool,
    some_away: bool,
}

/// A function as trees, and where each is evaluated.
pub(crate) struct Uses<'a> {
    pub(crate) plan: &'a Plan<'a>,
    reversed: Reversed,
    views: FxHashMap<Value, Address>,
    /// The blocks in an order in which jumps lead forward.
    pub(crate) order: Vec<Block>,
    /// Places in the code: of blocks' ends, and of instructions.
    ends: FxHashMap<Block, usize>,
    known: FxHashMap<Key, Use>,
    /// By value: the block that makes it.
    homes: FxHashMap<Value, Block>,
    /// By check: the largest index, where it has to be compared with one.
    limits: FxHashMap<Block, u32>,
    /// Loads that are part of a header length: of which, and whether it stands in for them.
    parts: FxHashMap<Value, (Key, bool)>,
    words: FxHashMap<Key, u8>,
    /// By word: from where to where it is in use.
    busy: Vec<Vec<(usize, usize)>>,
    /// Loads that stand for a check and are not used in their block: what to make there.
    effects: FxHashMap<Value, Key>,
}

impl<'a> Uses<'a> {
    pub(crate) fn new(plan: &'a Plan<'a>, limits: &mut Limits<'_>) -> Result<Self, Error> {
        let mut this = Self {
            plan,
            reversed: Reversed::new(plan),
            views: FxHashMap::default(),
            order: topological(plan)?,
            ends: FxHashMap::default(),
            known: FxHashMap::default(),
            homes: FxHashMap::default(),
            limits: FxHashMap::default(),
            parts: FxHashMap::default(),
            words: FxHashMap::default(),
            busy: vec![Vec::new(); WORDS.into()],
            effects: FxHashMap::default(),
        };
        for &block in &this.order {
            let data = plan.function.block(block);
            let results = data.insts.iter().map(|inst| plan.function.result(*inst));
            this.homes.extend(data.params.iter().copied().chain(results).map(|v| (v, block)));
            if let Terminator::Check { ok, length, .. } = plan.function.terminator(block)
                && !plan.never(block, *length)
            {
                let address = plan.address(block);
                let view = plan.function.block(*ok).params.first();
                this.views.extend(view.map(|view| (*view, address)));
                let limit = plan.mode.reach() - address.disp - u64::from(*length);
                if address.base.is_some_and(|base| limits.max(base) > limit) {
                    this.limits.insert(block, limit as u32);
                }
            }
        }
        let kept = this.visit()?;
        this.assign(kept)?;
        Ok(this)
    }

    fn function(&self) -> &'a Function {
        self.plan.function
    }

    /// The largest index that a check allows, if the index has to be compared with it.
    pub(crate) fn limit(&self, check: Block) -> Option<u32> {
        self.limits.get(&check).copied()
    }

    /// Whether a check looks at its index.
    fn is_spoken(&self, check: Block) -> bool {
        self.limits.contains_key(&check) || !self.plan.is_silent(check)
    }

    /// Where a block ends.
    pub(crate) fn end(&self, block: Block) -> usize {
        self.ends.get(&block).copied().unwrap_or(0)
    }

    /// The key of a value: that of another, if it is the same number.
    pub(crate) fn key(&self, value: Value) -> Key {
        let value = self.plan.resolve(value);
        match self.function().def_inst(value) {
            Some(&Instruction::Unary(UnaryOp::Bswap(width), a))
                if self.reversed.width(self.plan, a) == Some(width) =>
            {
                Key { value: self.plan.resolve(a), reversed: true }
            }
            _ => Key { value, reversed: false },
        }
    }

    /// The left side of a comparison with a number, and the number, in the form that is at hand.
    pub(crate) fn compared(&self, compare: nbpfc_ir::Compare, a: Value, number: u64) -> (Key, u32) {
        match self.reversed.compared(self.plan, compare, a, number) {
            Some(width) => {
                let key = Key { value: self.plan.resolve(a), reversed: true };
                (key, swap(width, number) as u32)
            }
            None => (self.key(a), number as u32),
        }
    }

    /// The number that a value is, if it is a constant.
    pub(crate) fn constant(&self, value: Value) -> Option<u64> {
        self.function().constant(self.plan.resolve(value))
    }

    /// How a key is computed.
    pub(crate) fn tree(&self, key: Key) -> Result<Tree, Error> {
        let inst = match self.function().def(key.value) {
            ValueDef::Param(..) if self.function().ty(key.value) == Type::I32 => {
                return Ok(Tree::Param);
            }
            ValueDef::Param(..) => return Err(inexpressible(WIDE, Span::default())),
            ValueDef::Result(inst) => inst,
        };
        let wide = inexpressible(WIDE, self.function().span(inst));
        if self.function().ty(key.value) != Type::I32 {
            return Err(wide);
        }
        Ok(match *self.function().inst(inst) {
            Instruction::Const(_, number) => Tree::Const(number as u32),
            Instruction::Table { .. } => {
                return Err(inexpressible("a table", self.function().span(inst)));
            }
            Instruction::Meta(Field::Length) => Tree::Length,
            Instruction::Meta(Field::PacketType) => {
                Tree::Load { width: Width::W4, index: None, k: PACKET_TYPE }
            }
            Instruction::Meta(Field::InterfaceIndex) => {
                Tree::Load { width: Width::W4, index: None, k: INTERFACE }
            }
            Instruction::Meta(Field::VlanPresent) => {
                Tree::Load { width: Width::W4, index: None, k: VLAN_PRESENT }
            }
            Instruction::Meta(Field::VlanTci) => {
                Tree::Load { width: Width::W4, index: None, k: VLAN_TCI }
            }
            Instruction::Unary(UnaryOp::Extend | UnaryOp::Truncate, _) => return Err(wide),
            Instruction::Load { width, view, displacement } => {
                let address = self.views.get(&view).copied();
                let Address { base, disp } = address.unwrap_or(Address { base: None, disp: 0 });
                if width == Width::W1 || key.reversed {
                    let index = base.map(|base| self.key(base));
                    Tree::Load { width, index, k: (disp as u32).wrapping_add(displacement) }
                } else {
                    Tree::Swap { width, a: Key { reversed: true, ..key } }
                }
            }
            Instruction::Unary(UnaryOp::Neg, a) => Tree::Neg(self.key(a)),
            Instruction::Unary(UnaryOp::Bswap(width), a) => Tree::Swap { width, a: self.key(a) },
            Instruction::Binary(op, a, b) if key.reversed => {
                let width = self.reversed.width(self.plan, a).ok_or(wide)?;
                let k = swap(width, self.constant(b).unwrap_or(0)) as u32;
                Tree::BinaryImm { op, a: Key { value: self.plan.resolve(a), reversed: true }, k }
            }
            Instruction::Binary(op, a, b) => match (self.constant(a), self.constant(b)) {
                (_, Some(number)) => self.binary_imm(op, self.key(a), number as u32)?,
                (Some(number), None) if commutes(op) => {
                    self.binary_imm(op, self.key(b), number as u32)?
                }
                _ => Tree::Binary { op, a: self.key(a), b: self.key(b) },
            },
            _ => return Err(inexpressible(STATE, self.function().span(inst))),
        })
    }

    fn binary_imm(&self, op: BinaryOp, a: Key, k: u32) -> Result<Tree, Error> {
        if let (BinaryOp::Shl, 2) = (op, k)
            && let Some(&Instruction::Binary(BinaryOp::And, byte, mask)) =
                self.function().def_inst(a.value)
            && self.constant(mask) == Some(0xf)
            && let Key { value: byte, reversed: false } = self.key(byte)
            && let Some(&Instruction::Load { width: Width::W1, .. }) =
                self.function().def_inst(byte)
            && let Tree::Load { index: None, k, .. } =
                self.tree(Key { value: byte, reversed: false })?
        {
            return Ok(Tree::HeaderLength { k, byte });
        }
        Ok(Tree::BinaryImm { op, a, k })
    }

    /// The word of memory that a key is kept in.
    pub(crate) fn word(&self, key: Key) -> Option<u8> {
        self.words.get(&key).copied()
    }

    /// The words that a value is kept in when it is made, form by form.
    pub(crate) fn kept(&self, value: Value) -> impl Iterator<Item = (Key, u8)> {
        [true, false].into_iter().filter_map(move |reversed| {
            let key = Key { value, reversed };
            Some((key, self.word(key)?))
        })
    }

    /// What is to be made where a load stands that nobody there uses.
    pub(crate) fn effect(&self, load: Value) -> Option<Key> {
        self.effects.get(&load).copied()
    }

    /// A word that is free at a place and not among `taken`.
    pub(crate) fn free(&self, place: usize, taken: &[u8]) -> Option<u8> {
        (0..WORDS).find(|word| {
            let busy = &self.busy[usize::from(*word)];
            !taken.contains(word) && !busy.iter().any(|(from, to)| (*from..=*to).contains(&place))
        })
    }

    /// Records a use that is evaluated in `block`; not `always` if only some ways out of it do.
    fn use_in(&mut self, key: Key, place: usize, block: Block, always: bool) {
        let home = always && self.homes.get(&key.value) == Some(&block);
        let entry = self.known.entry(key).or_default();
        entry.count += 1;
        entry.last = entry.last.max(place);
        entry.some_home |= home;
        entry.some_away |= !home;
    }

    /// Looks at everything from the last to the first. Returns the keys that need a word, with
    /// the places from where on.
    fn visit(&mut self) -> Result<Vec<(usize, Key)>, Error> {
        let mut kept = Vec::new();
        let mut place = 0;
        let mut starts = FxHashMap::default();
        for &block in &self.order {
            starts.insert(block, place);
            place += self.function().block(block).insts.len() + 1;
            self.ends.insert(block, place - 1);
        }
        for block in self.order.clone().into_iter().rev() {
            let end = self.end(block);
            self.visit_end(block, end);
            let start = starts.get(&block).copied().unwrap_or(0);
            let insts = self.function().block(block).insts.clone();
            for (index, inst) in insts.into_iter().enumerate().rev() {
                let value = self.function().result(inst);
                if self.plan.is_live(value) {
                    self.visit_value(value, block, start + index, &mut kept)?;
                }
            }
        }
        for (&param, &start) in &self.params() {
            kept.push((start, Key { value: param, reversed: false }));
        }
        Ok(kept)
    }

    /// The parameters that need a word, and where the first jump sets them.
    fn params(&self) -> std::collections::BTreeMap<Value, usize> {
        let mut params = std::collections::BTreeMap::new();
        for &block in &self.order {
            for call in self.function().terminator(block).clone().calls_mut() {
                for &param in &self.function().block(call.block).params {
                    if self.plan.is_param(param) {
                        let start = params.entry(param).or_insert(usize::MAX);
                        *start = self.end(block).min(*start);
                    }
                }
            }
        }
        params
    }

    fn visit_end(&mut self, block: Block, end: usize) {
        let terminator = self.function().terminator(block).clone();
        match &terminator {
            Terminator::Branch { compare, a, b, .. } => {
                for key in self.sides(*compare, *a, *b).keys() {
                    self.use_in(key, end, block, true);
                }
            }
            Terminator::Check { .. } if self.is_spoken(block) => {
                if let Some(base) = self.plan.address(block).base {
                    self.use_in(self.key(base), end, block, true);
                }
            }
            Terminator::Return(value) => self.use_in(self.key(*value), end, block, true),
            Terminator::Jump(_)
            | Terminator::Check { .. }
            | Terminator::NonNull { .. }
            | Terminator::Bound { .. } => {}
        }
        let always = matches!(terminator, Terminator::Jump(_));
        for call in terminator.clone().calls_mut() {
            let params = &self.function().block(call.block).params;
            for (param, argument) in params.iter().zip(&call.args) {
                if self.plan.is_param(*param) {
                    self.use_in(self.key(*argument), end, block, always);
                }
            }
        }
    }

    fn visit_value(
        &mut self,
        value: Value,
        block: Block,
        place: usize,
        kept: &mut Vec<(usize, Key)>,
    ) -> Result<(), Error> {
        let load = matches!(self.function().def_inst(value), Some(Instruction::Load { .. }));
        let part = self.parts.get(&value).copied();
        let mut made = part.is_some_and(|(_, here)| here);
        // The plain form may be made from the reversed one.
        for reversed in [false, true] {
            let key = Key { value, reversed };
            let Some(uses) = self.known.get(&key).copied() else { continue };
            let tree = self.tree(key)?;
            if tree.is_cheap() {
                made |= uses.some_home;
                if let Tree::HeaderLength { byte, .. } = tree {
                    let here = uses.some_home && self.homes.get(&byte) == Some(&block);
                    self.parts.insert(byte, (key, here));
                }
                continue;
            }
            made = true;
            let at = if uses.count == 1 && !uses.some_away {
                uses.last
            } else {
                kept.push((place, key));
                place
            };
            for child in tree.children() {
                self.use_in(child, at, block, true);
            }
        }
        if load && !made {
            let byte = matches!(self.tree(Key { value, reversed: false })?, Tree::Load { .. });
            // The header length loads the byte as well, and may be of use later.
            let key = part.map_or(Key { value, reversed: !byte }, |(key, _)| key);
            self.effects.insert(value, key);
            for child in self.tree(key)?.children() {
                self.use_in(child, place, block, true);
            }
        }
        Ok(())
    }

    /// Gives words to keys: `kept` says from where on.
    fn assign(&mut self, mut kept: Vec<(usize, Key)>) -> Result<(), Error> {
        kept.sort_by_key(|(start, key)| (*start, key.value, key.reversed));
        for (start, key) in kept {
            let last = self.known.get(&key).map_or(start, |uses| uses.last.max(start));
            let free = |spans: &Vec<(usize, usize)>| spans.iter().all(|(_, to)| *to < start);
            let Some(word) = self.busy.iter().position(free) else {
                return Err(inexpressible("more than 16 values at a time", Span::default()));
            };
            self.busy[word].push((start, last));
            self.words.insert(key, word as u8);
        }
        Ok(())
    }
}

impl Uses<'_> {
    /// The sides of a comparison, a number on the right if there is one.
    pub(crate) fn sides(&self, compare: nbpfc_ir::Compare, a: Value, b: Value) -> Sides {
        let (compare, a, b) = match (self.constant(a), self.constant(b)) {
            (Some(_), None) => (compare.swap(), b, a),
            _ => (compare, a, b),
        };
        match self.constant(b) {
            Some(number) => {
                let (a, number) = self.compared(compare, a, number);
                Sides { compare, a, b: Side::Number(number) }
            }
            None => Sides { compare, a: self.key(a), b: Side::Key(self.key(b)) },
        }
    }
}

/// The blocks in the layout's order, or another in which jumps lead forward.
fn topological(plan: &Plan<'_>) -> Result<Vec<Block>, Error> {
    let function = plan.function;
    let reached: FxHashSet<Block> = plan.blocks.iter().copied().collect();
    let layout: Vec<Block> =
        function.layout.iter().copied().filter(|block| reached.contains(block)).collect();
    for order in [layout, plan.blocks.clone()] {
        let places: FxHashMap<Block, usize> =
            order.iter().enumerate().map(|(place, block)| (*block, place)).collect();
        let forward = |block: &Block| {
            let mut successors = function.terminator(*block).successors();
            successors.all(|to| places.get(&to).is_none_or(|place| *place > places[block]))
        };
        if order.iter().all(forward) {
            return Ok(order);
        }
    }
    Err(inexpressible("a loop", Span::default()))
}
