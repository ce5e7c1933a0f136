//! Tests whose outcome is known, because of the tests before them, are not made again.
//!
//! One sweep from the entry carries the facts of every path. A branch that is decided wherever
//! control comes from becomes a jump. An edge on which the next block's branch is decided goes to
//! where that branch would go; so on, as far as is known. A check that must fail is left out the
//! same way. Near the ends, an edge from which every way leads to the same return goes there.
//!
//! To be left out, a block must compute nothing for others; so every block first gets its own
//! copies of what it uses, down to views and parameters. Value numbering, which runs at the end,
//! shares again what is still computed on the way.
//!
//! Sound for the verifier: views are never copied and no edge around a check's `ok` block is
//! made; every load still rests on a view that every way to it goes through.
//! Must not: carry facts into the head of a loop, where the same value means another number.

use std::cell::OnceCell;
use std::rc::Rc;

use rustc_hash::{FxBuildHasher, FxHashMap};
use smallvec::{SmallVec, smallvec};

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    Block, BlockCall, Compare, Dominators, Function, Instruction, Insts, Terminator, Type, Value,
    ValueDef, Windows, Written,
};

use crate::context::Context;
use crate::edit::{constant, homes, loop_heads, terminate, used_elsewhere};
use crate::facts::{Facts, Question, Subject};
use crate::gvn::{self, Key};
use crate::least::Least;
use crate::versions::{Version, Versions, changes};

/// The most instructions that are copied into a block for one operand.
const COPIED: usize = 12;

/// What so many instructions and blocks' ends use is not copied: it is what long lists compare, and
/// stays where it is. Functions of fewer values have nothing of the kind.
const USED: u32 = 64;
const VALUES: usize = 2000;

/// How many blocks all edges together may be led past for each block that there is; then edges
/// only look a few blocks ahead. Keeps long lists of tests linear.
const LOOK: usize = 64;

/// How far every edge may look all the same.
const LOOK_ALWAYS: usize = 8;

/// How many blocks may lie on the longest way from a block to an end for all ways to be tried.
const HEIGHT: u32 = 16;

/// How many blocks are visited when all ways are tried.
const VISITED: usize = 48;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let unchanged = function.clone();
    let order = context.order(function);
    let written = context.written(function);
    let versions = Versions::new(function, &order, written.writes_packet());
    let reads = Reads { written, of: versions.of_values(function, written), versions: &versions };
    copy_operands(function, &order, &reads);
    Sweep::new(function, context, &versions).run();
    if context.spent() == before {
        // Nothing was decided, so nothing need be copied.
        *function = unchanged;
        return false;
    }
    function.remove_unreachable();
    context.forget();
    // To share again what was copied is no rewrite.
    let decided = context.spent();
    gvn::run(function, context);
    context.take_back(decided);
    true
}

/// What a function's instructions read.
struct Reads<'a> {
    written: Written,
    /// By value: the version of the packet that it was read from.
    of: SecondaryMap<Value, Option<Version>>,
    versions: &'a Versions,
}

/// Gives every block its own copy of the instructions that it uses from others.
fn copy_operands(function: &mut Function, order: &[Block], reads: &Reads<'_>) {
    let homes = homes(function);
    let stays = used_much(function, order);
    let mut copies: FxHashMap<Value, Value> =
        FxHashMap::with_capacity_and_hasher(16, FxBuildHasher);
    for &block in order {
        copies.clear();
        let mut now = reads.versions.at(block);
        let old = std::mem::take(&mut function.block_mut(block).insts);
        let mut new = Insts::new();
        for inst in old {
            for operand in function.inst(inst).operands() {
                let places = (&homes, &stays);
                copy(function, (reads, now), places, block, operand, &mut copies, &mut new);
            }
            if changes(function.effect(inst)) {
                now = Version::Behind(inst);
            }
            let mut instruction = *function.inst(inst);
            instruction.map_operands(|value| copies.get(&value).copied().unwrap_or(value));
            function.replace_inst(inst, instruction);
            new.push(inst);
        }
        let mut operands: SmallVec<[Value; 6]> = SmallVec::new();
        function.terminator(block).for_each_operand(|value| operands.push(value));
        for operand in operands {
            let places = (&homes, &stays);
            copy(function, (reads, now), places, block, operand, &mut copies, &mut new);
        }
        let data = function.block_mut(block);
        data.insts = new;
        if let Some(terminator) = &mut data.terminator {
            terminator.map_operands(|value| copies.get(&value).copied().unwrap_or(value));
        }
    }
}

/// The values that very many instructions and blocks' ends use, constants left out.
fn used_much(function: &Function, order: &[Block]) -> SecondaryMap<Value, bool> {
    let mut much = SecondaryMap::new();
    if function.value_count() < VALUES {
        return much;
    }
    let mut uses: SecondaryMap<Value, u32> = function.per_value();
    for &block in order {
        for &inst in &function.block(block).insts {
            function.inst(inst).operands().for_each(|value| uses[value] += 1);
        }
        function.terminator(block).for_each_operand(|value| uses[value] += 1);
    }
    for (value, uses) in uses.iter() {
        if *uses > USED && function.constant(value).is_none() {
            much[value] = true;
        }
    }
    much
}

/// Copies a value into a block, with what it is computed from, unless that is too much.
fn copy(
    function: &mut Function,
    (reads, now): (&Reads<'_>, Version),
    (homes, stays): (&SecondaryMap<Value, Option<Block>>, &SecondaryMap<Value, bool>),
    block: Block,
    value: Value,
    copies: &mut FxHashMap<Value, Value>,
    insts: &mut Insts,
) {
    let is_there = |copies: &FxHashMap<Value, Value>, value: Value| {
        homes[value] == Some(block) || stays[value] || copies.contains_key(&value)
    };
    if is_there(copies, value) || matches!(function.def(value), ValueDef::Param(..)) {
        return;
    }
    // What it takes, operands after their users.
    let mut cone: SmallVec<[Value; COPIED]> = smallvec![value];
    let mut next = 0;
    while next < cone.len() {
        let current = cone[next];
        next += 1;
        if is_there(copies, current) {
            continue;
        }
        if let ValueDef::Result(inst) = function.def(current) {
            let same = reads.of[current] == Some(now);
            if !same && !reads.written.leaves(function.effect(inst)) {
                return;
            }
            cone.extend(function.inst(inst).operands());
        }
        if cone.len() > COPIED {
            return;
        }
    }
    for value in cone.into_iter().rev() {
        let ValueDef::Result(inst) = function.def(value) else { continue };
        if is_there(copies, value) {
            continue;
        }
        let mut instruction = *function.inst(inst);
        instruction.map_operands(|operand| copies.get(&operand).copied().unwrap_or(operand));
        let span = function.span(inst);
        let (made, result) = function.make_inst(instruction, span);
        insts.push(made);
        copies.insert(value, result);
    }
}

/// A branch's condition: a question about a subject, and whether `then` is where yes leads.
#[derive(Clone, Copy)]
struct Condition {
    subject: Subject,
    question: Question,
    then_if: bool,
    /// Whether the subject is asked about elsewhere too; what is asked once is not worth a fact.
    again: bool,
}

type Args = SmallVec<[Arg; 2]>;

/// An argument on its way past blocks that are left out.
#[derive(Clone, Copy)]
enum Arg {
    Value(Value),
    Constant(Type, u64),
}

struct Sweep<'a> {
    function: &'a mut Function,
    context: &'a mut Context,
    order: Rc<[Block]>,
    /// Values computed alike have one number: the first of them.
    numbers: SecondaryMap<Value, Option<Value>>,
    conditions: SecondaryMap<Block, Option<Condition>>,
    dominators: Rc<Dominators>,
    home: SecondaryMap<Value, Option<Block>>,
    /// Blocks that compute nothing for others.
    hollow: SecondaryMap<Block, bool>,
    heads: SecondaryMap<Block, bool>,
    /// Blocks that do more than compute, and so are left out by nobody.
    does: SecondaryMap<Block, bool>,
    written: Written,
    /// How many blocks there are on the longest way to an end, loops aside.
    height: SecondaryMap<Block, u32>,
    /// How often a subject is asked about.
    asked: FxHashMap<Subject, u32>,
    facts: SecondaryMap<Block, Option<Facts>>,
    least: OnceCell<Least>,
    looked: usize,
}

impl<'a> Sweep<'a> {
    /// What changes the packet is not copied, so the versions are still those from before.
    fn new(function: &'a mut Function, context: &'a mut Context, versions: &Versions) -> Self {
        let dominators = context.dominators(function);
        let order = context.order(function);
        let written = context.written(function);
        let numbers = number(function, &order, (written, versions));
        let home = homes(function);
        let elsewhere = used_elsewhere(function, &home);
        let heads = loop_heads(function, &order);
        let mut height: SecondaryMap<Block, u32> = function.per_block();
        for &block in order.iter().rev() {
            let next = function.terminator(block).successors().map(|next| height[next]).max();
            height[block] = next.unwrap_or(0) + 1;
        }
        let mut hollow = function.per_block();
        for &block in &*order {
            let data = function.block(block);
            hollow[block] = !data.params.iter().any(|param| elsewhere[*param])
                && !data.insts.iter().any(|inst| elsewhere[function.result(*inst)]);
        }
        let mut does = function.per_block();
        for &block in &*order {
            does[block] = function.has_effects(block);
        }
        let mut sweep = Self {
            does,
            written,
            context,
            order,
            numbers,
            conditions: function.per_block(),
            dominators,
            home,
            hollow,
            facts: function.per_block(),
            least: OnceCell::new(),
            function,
            heads,
            height,
            asked: FxHashMap::with_capacity_and_hasher(16, FxBuildHasher),
            looked: 0,
        };
        for index in 0..sweep.order.len() {
            let block = sweep.order[index];
            sweep.conditions[block] = sweep.condition(block);
            if let Some(condition) = sweep.conditions[block] {
                *sweep.asked.entry(condition.subject).or_default() += 1;
            }
        }
        for &block in &*sweep.order {
            if let Some(condition) = &mut sweep.conditions[block] {
                condition.again = sweep.asked.get(&condition.subject).is_some_and(|t| *t > 1);
            }
        }
        sweep
    }

    fn number(&self, value: Value) -> Value {
        self.numbers[value].unwrap_or(value)
    }

    /// What a block's end asks.
    fn condition(&self, block: Block) -> Option<Condition> {
        match self.function.terminator(block) {
            Terminator::Branch { compare, a, b, .. } => self.comparison(*compare, *a, *b),
            // What was there before the packet moved may not be there now.
            Terminator::Check { .. } if self.written.moves_packet() => None,
            Terminator::Check { offset, length, .. } => Some(Condition {
                subject: Subject::Bytes(offset.map(|value| self.number(value))),
                question: Question::Above(u64::from(*length) - 1),
                then_if: true,
                again: false,
            }),
            Terminator::NonNull { .. }
            | Terminator::Bound { .. }
            | Terminator::Jump(_)
            | Terminator::Return(_) => None,
        }
    }

    fn comparison(&self, compare: Compare, a: Value, b: Value) -> Option<Condition> {
        let (a, b) = (self.number(a), self.number(b));
        let Some(constant) = self.function.constant(b) else {
            let (subject, then_if) = match compare {
                Compare::Eq => (Subject::Equal(a.min(b), a.max(b)), true),
                Compare::Ne => (Subject::Equal(a.min(b), a.max(b)), false),
                Compare::Lt => (Subject::Less(a, b), true),
                Compare::Ge => (Subject::Less(a, b), false),
                Compare::Gt => (Subject::Less(b, a), true),
                Compare::Le => (Subject::Less(b, a), false),
                Compare::Set => (Subject::Common(a.min(b), a.max(b)), true),
                Compare::Clear => (Subject::Common(a.min(b), a.max(b)), false),
            };
            let question = Question::Is { mask: u64::MAX, constant: 1 };
            return Some(Condition { subject, question, then_if, again: false });
        };
        let (mut question, then_if) = Question::new(compare, constant)?;
        let mut root = a;
        if let Question::Is { mask, constant } = question
            && let Some(&Instruction::Binary(nbpfc_ir::BinaryOp::And, x, m)) =
                self.function.def_inst(a)
            && let Some(under) = self.function.constant(m)
            && constant & !under == 0
        {
            root = self.number(x);
            question = Question::Is { mask: mask & under, constant };
        }
        Some(Condition { subject: Subject::Value(root), question, then_if, again: false })
    }

    fn run(&mut self) {
        if let Some(&entry) = self.order.first() {
            self.facts[entry] = Some(Facts::default());
        }
        for index in 0..self.order.len() {
            let block = self.order[index];
            let facts = if self.heads[block] {
                self.facts[block].as_ref().map(|_| Facts::default())
            } else {
                self.facts[block].take()
            };
            // Nothing leads here any more.
            let Some(facts) = facts else { continue };
            self.block(block, &facts);
        }
    }

    fn block(&mut self, block: Block, facts: &Facts) {
        let condition = self.conditions[block];
        let known = condition.and_then(|c| self.outcome(&c, facts));
        if let Some(truth) = known {
            self.decide(block, truth);
        }
        let mut terminator = self.function.terminator(block).clone();
        if let Some(evident) = terminator.evident() {
            let facts = Self::learned(facts, condition, true);
            self.arrive(evident, &[], facts);
        }
        let first = match terminator {
            Terminator::Jump(_) | Terminator::Return(_) => None,
            Terminator::Branch { .. } => Some(true),
            Terminator::Check { .. } | Terminator::NonNull { .. } | Terminator::Bound { .. } => {
                Some(false)
            }
        };
        for (index, call) in terminator.calls_mut().enumerate() {
            // There is nothing to decide behind it.
            if matches!(self.function.terminator(call.block), Terminator::Return(_)) {
                continue;
            }
            let facts = match first {
                None => facts.clone(),
                Some(first) => Self::learned(facts, condition, first == (index == 0)),
            };
            if let Some((target, args)) = self.follow(call, &facts)
                && self.context.rewrite()
            {
                let args = args.into_iter().map(|arg| match arg {
                    Arg::Value(value) => value,
                    Arg::Constant(ty, number) => {
                        let made = constant(self.function, block, ty, number);
                        self.numbers[made] = Some(made);
                        made
                    }
                });
                *call = BlockCall { block: target, args: args.collect() };
            }
            if matches!(self.function.terminator(call.block), Terminator::Return(_)) {
                continue;
            }
            if let Some(end) = self.end(call.block, &facts)
                && self.context.rewrite()
            {
                *call = end.into();
                continue;
            }
            self.arrive(call.block, &call.args, facts);
        }
        if *self.function.terminator(block) != terminator {
            terminate(self.function, block, terminator);
        }
    }

    /// The outcome of a condition, if the facts tell it.
    fn outcome(&self, condition: &Condition, facts: &Facts) -> Option<bool> {
        let Condition { subject, question, then_if, .. } = *condition;
        let answer = facts.answer(subject, question).or_else(|| match (subject, question) {
            (Subject::Bytes(Some(offset)), Question::Above(length)) => {
                Self::is_short(facts, length, || {
                    Least::at_once(self.function, offset).unwrap_or_else(|| {
                        let least = self.least.get_or_init(|| Least::new(self.function));
                        least.of(self.function, offset)
                    })
                })
            }
            _ => None,
        });
        answer.map(|answer| answer == then_if)
    }

    /// `Some(false)` if the packet is known to be too short for more than so many bytes from an
    /// offset on that is at least this.
    fn is_short(facts: &Facts, length: u64, offset: impl FnOnce() -> u64) -> Option<bool> {
        let packet = facts.about(Subject::Bytes(None))?;
        let above = Question::Above(offset().saturating_add(length));
        packet.answer(above).filter(|holds| !holds)
    }

    fn learned(facts: &Facts, condition: Option<Condition>, outcome: bool) -> Facts {
        let mut facts = facts.clone();
        if let Some(Condition { subject, question, then_if, again: true }) = condition {
            facts.learn(subject, question, outcome == then_if);
        }
        facts
    }

    /// Replaces a decided end by a jump. A check that must hold stays: it hands over the view.
    fn decide(&mut self, block: Block, truth: bool) {
        let call = match (self.function.terminator(block), truth) {
            (Terminator::Branch { then, .. }, true) => then.clone(),
            (Terminator::Branch { otherwise, .. }, false) => otherwise.clone(),
            (Terminator::Check { fail, .. }, false) => fail.clone(),
            _ => return,
        };
        if self.context.rewrite() {
            terminate(self.function, block, Terminator::Jump(call));
        }
    }

    /// Where a jump leads to in the end, if that is not where it goes now.
    fn follow(&mut self, call: &BlockCall, facts: &Facts) -> Option<(Block, Args)> {
        let mut at = call.block;
        let mut args: Args = call.args.iter().map(|value| self.arg(*value)).collect();
        let few = self.looked > LOOK * self.order.len();
        let mut found = None;
        // What is left out although others use what it computes.
        let mut needed: SmallVec<[Block; 4]> = SmallVec::new();
        for step in 1.. {
            if self.heads[at] || self.does[at] || (few && step > LOOK_ALWAYS) {
                break;
            }
            let holds = self.outcome_with(at, &args, facts);
            let (to, next_args) = match (self.function.terminator(at), holds) {
                (Terminator::Jump(next), _)
                | (Terminator::Branch { then: next, .. }, Some(true))
                | (
                    Terminator::Branch { otherwise: next, .. }
                    | Terminator::Check { fail: next, .. },
                    Some(false),
                ) => (next.block, &next.args[..]),
                (Terminator::Check { ok, .. }, Some(true)) => (*ok, &[][..]),
                _ => break,
            };
            let onward = next_args.iter().map(|value| match self.function.def(*value) {
                ValueDef::Param(home, index) if home == at => args.get(index as usize).copied(),
                // It must be made, by a block that is left out.
                _ if self.home[*value] == Some(at) && self.function.constant(*value).is_none() => {
                    None
                }
                _ if needed.iter().any(|block| self.home[*value] == Some(*block)) => None,
                _ => Some(self.arg(*value)),
            });
            let Some(onward) = onward.collect::<Option<Args>>() else { break };
            if !self.hollow[at] {
                needed.push(at);
            }
            (at, args) = (to, onward);
            self.looked += 1;
            // Only blocks that it dominates use what a block computes.
            let free = needed.iter().all(|block| !self.dominators.dominates(*block, at));
            if free && args.len() == self.function.block(at).params.len() {
                found = Some((at, args.clone()));
            }
        }
        found
    }

    /// The return that every way from a block ends with under these facts, if it is one.
    fn end(&self, block: Block, facts: &Facts) -> Option<Block> {
        /// A block, the facts before the one that leads there, and what its end adds.
        type Way = (Block, Facts, Option<(Condition, bool)>);
        let mut end = None;
        let mut work: SmallVec<[Way; 8]> = smallvec![(block, facts.clone(), None)];
        let mut visits = 0;
        while let Some((at, facts, more)) = work.pop() {
            visits += 1;
            if visits > VISITED || self.heads[at] || self.does[at] || self.height[at] > HEIGHT {
                return None;
            }
            let terminator = self.function.terminator(at);
            if let Terminator::Return(value) = terminator {
                let number = self.function.constant(*value)?;
                let data = self.function.block(at);
                // What nobody uses may still be computed there, from what is left out.
                let mut operands =
                    data.insts.iter().flat_map(|inst| self.function.inst(*inst).operands());
                let plain = data.params.is_empty()
                    && self.home[*value] == Some(at)
                    && operands.all(|operand| self.home[operand] == Some(at));
                let (_, known) = *end.get_or_insert((at, number));
                if !plain || known != number {
                    return None;
                }
                continue;
            }
            let facts = match more {
                Some((condition, outcome)) => Self::learned(&facts, Some(condition), outcome),
                None => facts,
            };
            if let Terminator::Jump(call) = terminator {
                work.push((call.block, facts, None));
                continue;
            }
            let condition = self.conditions[at];
            let holds = condition.and_then(|c| self.outcome(&c, &facts));
            for (to, outcome) in terminator.successors().zip([true, false]) {
                if holds != Some(!outcome) {
                    work.push((to, facts.clone(), condition.map(|c| (c, outcome))));
                }
            }
        }
        end.map(|(block, _)| block)
    }

    fn arg(&self, value: Value) -> Arg {
        match self.function.constant(value) {
            Some(number) => Arg::Constant(self.function.ty(value), number),
            None => Arg::Value(value),
        }
    }

    /// The outcome of a block's condition where control comes with these arguments.
    fn outcome_with(&self, block: Block, args: &[Arg], facts: &Facts) -> Option<bool> {
        let mut condition = self.conditions[block]?;
        if let Subject::Value(value) = condition.subject
            && let ValueDef::Param(home, index) = self.function.def(value)
            && home == block
        {
            match *args.get(index as usize)? {
                Arg::Value(arg) => condition.subject = Subject::Value(self.number(arg)),
                Arg::Constant(_, number) => {
                    let mut known = Facts::default();
                    let is = Question::Is { mask: u64::MAX, constant: number };
                    known.learn(condition.subject, is, true);
                    return self.outcome(&condition, &known);
                }
            }
        }
        if let Subject::Bytes(Some(value)) = condition.subject
            && let ValueDef::Param(home, index) = self.function.def(value)
            && home == block
        {
            condition.subject = match *args.get(index as usize)? {
                Arg::Value(arg) => Subject::Bytes(Some(self.number(arg))),
                Arg::Constant(_, number) => {
                    let Question::Above(length) = condition.question else { return None };
                    let there = Self::is_short(facts, length, || number);
                    return there.map(|there| there == condition.then_if);
                }
            };
        }
        self.outcome(&condition, facts)
    }

    /// Control can come to a block with these facts.
    fn arrive(&mut self, block: Block, args: &[Value], mut facts: Facts) {
        for (index, &arg) in args.iter().enumerate() {
            let Some(&param) = self.function.block(block).params.get(index) else { break };
            let subject = Subject::Value(param);
            if !self.asked.contains_key(&subject) {
                continue;
            }
            if let Some(number) = self.function.constant(arg) {
                facts.learn(subject, Question::Is { mask: u64::MAX, constant: number }, true);
            } else if let Some(fact) = facts.about(Subject::Value(self.number(arg))).cloned() {
                facts.set(subject, fact);
            }
        }
        self.facts[block] = Some(match &self.facts[block] {
            Some(known) => known.meet(&facts),
            None => facts,
        });
    }
}

/// Numbers the values: those that are computed alike get the first of them.
fn number(
    function: &Function,
    order: &[Block],
    (written, versions): (Written, &Versions),
) -> SecondaryMap<Value, Option<Value>> {
    let windows = Windows::new(function);
    let mut numbers: SecondaryMap<Value, Option<Value>> = function.per_value();
    let mut known: FxHashMap<Key, Value> =
        FxHashMap::with_capacity_and_hasher(function.value_count(), FxBuildHasher);
    for &block in order {
        let mut version = versions.at(block);
        for &inst in &function.block(block).insts {
            let result = function.result(inst);
            let of = |value: Value| numbers[value].unwrap_or(value);
            let effect = function.effect(inst);
            let reads = (written, version);
            let key = Key::new(function.inst(inst), effect, &windows, reads, None, of);
            if changes(effect) {
                version = Version::Behind(inst);
            }
            numbers[result] = key.map(|key| *known.entry(key).or_insert(result));
        }
    }
    numbers
}
