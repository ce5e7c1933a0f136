//! What a comparison or a write has told of the packet's bytes is not read again.
//!
//! Where a load was equal to a number, it is that number, and so is every part of it; where bytes
//! were written, they are what was written. A checksum that a change is carried into is then
//! worked out by the compiler as far as the change is known.
//!
//! Sound for the verifier: loads are taken away, and numbers put in the place of values.
//! Must not: believe what was read before a write to bytes that may be the same.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    Block, Dominators, Function, Instruction, Insts, Terminator, Type, Value, ValueDef, Width,
    Windows,
};
use smallvec::SmallVec;

use crate::compare::ones;
use crate::context::Context;
use crate::edit::{Equality, Renames, own_constants};
use crate::fold;
use crate::ranges::Ranges;
use crate::versions::{Version, Versions, changes};

/// How many facts of each kind are kept; more are forgotten, the oldest first.
const KEPT: usize = 32;

/// Bytes of the packet: at which offset (`None`: its start), how far behind it, how many.
#[derive(Clone, Copy)]
struct Bytes {
    base: Option<Value>,
    at: u32,
    width: Width,
}

impl Bytes {
    fn end(&self) -> u32 {
        self.at + self.width.bytes()
    }
}

/// What bytes are, in a state of the packet.
#[derive(Clone, Copy)]
struct Fact {
    bytes: Bytes,
    version: Version,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Number(u64),
    Value(Value),
}

/// What is known at a place.
#[derive(Clone, Default)]
struct Told {
    bytes: SmallVec<[Fact; 4]>,
    /// Values that are these numbers.
    numbers: SmallVec<[(Value, u64); 4]>,
}

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let written = context.written(function);
    if !written.writes_packet() {
        return false;
    }
    let before = context.spent();
    own_constants(function);
    let dominators = context.dominators(function);
    let order = context.order(function);
    let mut reader = Reader {
        windows: Windows::new(function),
        versions: Versions::new(function, &order, true),
        ranges: Ranges::new(function),
        renames: Renames::default(),
        behind: function.per_block(),
        function,
        context,
    };
    for block in dominators.preorder() {
        reader.block(block, &dominators);
    }
    let Reader { function, context, mut renames, .. } = reader;
    renames.apply(function);
    if context.spent() == before {
        return false;
    }
    // What became known decides, and adds up.
    fold::run(function, context);
    true
}

struct Reader<'a> {
    function: &'a mut Function,
    context: &'a mut Context,
    windows: Windows,
    versions: Versions,
    ranges: Ranges,
    renames: Renames,
    /// What is known at the end of each block.
    behind: SecondaryMap<Block, Told>,
}

impl Reader<'_> {
    fn block(&mut self, block: Block, dominators: &Dominators) {
        let mut told = match dominators.immediate(block) {
            Some(above) => {
                let mut told = self.behind[above].clone();
                self.learn(&mut told, above, block, dominators);
                told
            }
            None => Told::default(),
        };
        let mut version = self.versions.at(block);
        for index in 0..self.function.block(block).insts.len() {
            let inst = self.function.block(block).insts[index];
            self.renames.apply_to_inst(self.function, inst);
            let result = self.function.result(inst);
            match *self.function.inst(inst) {
                Instruction::Load { width, view, displacement } => {
                    if let Some(bytes) = self.bytes(view, displacement, width) {
                        self.load(&mut told, bytes, version, result);
                    }
                }
                Instruction::Store { width, view, displacement, value } => {
                    let behind = Version::Behind(inst);
                    let bytes = self.bytes(view, displacement, width);
                    self.store(&mut told, bytes, (version, behind), value);
                }
                _ if changes(self.function.effect(inst)) => told.bytes.clear(),
                _ => {}
            }
            if changes(self.function.effect(inst)) {
                version = Version::Behind(inst);
            }
            self.ranges.see(self.function, result);
        }
        self.renames.apply_to_terminator(self.function, block);
        self.replace(block, &told);
        self.behind[block] = told;
    }

    fn bytes(&mut self, view: Value, displacement: u32, width: Width) -> Option<Bytes> {
        let (base, _) = self.windows.of(view)?;
        let base = base.map(|base| self.renames.of(base));
        Some(Bytes { base, at: displacement, width })
    }

    /// What the only way to a block says of what its end compared.
    fn learn(&self, told: &mut Told, above: Block, block: Block, dominators: &Dominators) {
        let Some(Equality { a, b, equal, other }) = Equality::of(self.function, above) else {
            return;
        };
        if equal.block != block
            || other.block == block
            || dominators.predecessors()[block].len() > 1
        {
            return;
        }
        let Some(number) = self.function.constant(b) else { return };
        // A number of many bits would have to be loaded.
        if self.function.ty(a) == Type::I64 && i32::try_from(number).is_err() {
            return;
        }
        keep(&mut told.numbers, (a, number));
        // The bytes that it was read from, if nothing was written there since.
        let here = |fact: &&mut Fact| matches!(fact.what, What::Value(value) if value == a);
        if let Some(fact) = told.bytes.iter_mut().find(here) {
            fact.what = What::Number(number);
        }
    }

    fn load(&mut self, told: &mut Told, bytes: Bytes, version: Version, result: Value) {
        let within = |fact: &&Fact| {
            fact.version == version
                && fact.bytes.base == bytes.base
                && fact.bytes.at <= bytes.at
                && fact.bytes.end() >= bytes.end()
        };
        let found = told.bytes.iter().rev().filter(within).find_map(|fact| match fact.what {
            What::Number(number) => {
                let number = number >> (8 * (bytes.at - fact.bytes.at)) & ones(bytes.width);
                Some(What::Number(number))
            }
            What::Value(_) => (fact.bytes.width == bytes.width).then_some(fact.what),
        });
        match found {
            Some(What::Number(number))
                if bytes.width < Width::W8 || i32::try_from(number).is_ok() =>
            {
                if self.context.rewrite() {
                    let ty = self.function.ty(result);
                    if let ValueDef::Result(inst) = self.function.def(result) {
                        self.function.replace_inst(inst, Instruction::Const(ty, number));
                    }
                }
            }
            Some(What::Value(value)) if self.context.rewrite() => {
                self.renames.insert(result, value);
            }
            _ => keep(&mut told.bytes, Fact { bytes, version, what: What::Value(result) }),
        }
    }

    fn store(
        &mut self,
        told: &mut Told,
        bytes: Option<Bytes>,
        (before, behind): (Version, Version),
        value: Value,
    ) {
        let Some(bytes) = bytes else { return told.bytes.clear() };
        told.bytes.retain(|fact| {
            let apart = fact.bytes.end() <= bytes.at || bytes.end() <= fact.bytes.at;
            fact.version == before && fact.bytes.base == bytes.base && apart
        });
        for fact in &mut told.bytes {
            fact.version = behind;
        }
        let fits = self.ranges.of(self.function, value).max <= ones(bytes.width)
            && self.function.ty(value) == bytes.width.result();
        let what = match self.function.constant(value) {
            Some(number) => What::Number(number & ones(bytes.width)),
            None if fits => What::Value(value),
            None => return,
        };
        keep(&mut told.bytes, Fact { bytes, version: behind, what });
    }

    /// Puts numbers in the place of the values in a block that they are equal to.
    fn replace(&mut self, block: Block, told: &Told) {
        if told.numbers.is_empty() {
            return;
        }
        let number = |value: Value| {
            let found = told.numbers.iter().find(|(known, _)| *known == value);
            found.map(|(_, number)| *number)
        };
        let insts = std::mem::take(&mut self.function.block_mut(block).insts);
        let mut made: SmallVec<[(Value, Value); 4]> = SmallVec::new();
        let mut new = Insts::new();
        let mut uses: SmallVec<[Value; 8]> = SmallVec::new();
        for &inst in &insts {
            uses.extend(self.function.inst(inst).operands());
        }
        if let Terminator::Branch { a, b, .. } = self.function.terminator(block) {
            uses.extend([*a, *b]);
        }
        for value in uses {
            if let Some(number) = number(value)
                && !made.iter().any(|(from, _)| *from == value)
                && self.context.rewrite()
            {
                let ty = self.function.ty(value);
                let span = self.function.block(block).span;
                let (inst, constant) =
                    self.function.make_inst(Instruction::Const(ty, number), span);
                self.ranges.see(self.function, constant);
                new.push(inst);
                made.push((value, constant));
            }
        }
        let of = |value: Value| {
            made.iter().find(|(from, _)| *from == value).map_or(value, |(_, to)| *to)
        };
        for inst in insts {
            let mut instruction = *self.function.inst(inst);
            instruction.map_operands(of);
            self.function.replace_inst(inst, instruction);
            new.push(inst);
        }
        let data = self.function.block_mut(block);
        data.insts = new;
        if let Some(Terminator::Branch { a, b, .. }) = &mut data.terminator {
            (*a, *b) = (of(*a), of(*b));
        }
    }
}

fn keep<T, const N: usize>(list: &mut SmallVec<[T; N]>, fact: T)
where
    [T; N]: smallvec::Array<Item = T>,
{
    if list.len() == KEPT {
        list.remove(0);
    }
    list.push(fact);
}
