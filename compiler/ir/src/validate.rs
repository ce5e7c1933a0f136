//! Checks that a function is what the rest of the compiler takes it for.
//!
//! First the structure: what is named exists, once. Only then the meaning: types, views, and that
//! every definition is passed on every way to its uses. [`Problem`] is the list of what may be
//! wrong; a load that passes here can be proven to the kernel's verifier in the same way.

mod calls;
mod flow;
mod memory;
mod module;

use cranelift_entity::{EntityRef, SecondaryMap};

use crate::dominators::Dominators;
use crate::entity::{Block, Inst, Value};
use crate::fault::{Fault, Problem, User};
use crate::function::{Function, Module, ValueDef};
use crate::instruction::Instruction;
use crate::limits::Limits;
use crate::pointer::Region;
use crate::terminator::{BlockCall, Terminator};
use crate::types::{Type, Width};

/// A module that [`validate`] found no fault in; nothing else makes one.
#[derive(Clone, Copy, Debug)]
pub struct Valid<'a>(&'a Module);

impl<'a> Valid<'a> {
    /// The module.
    pub fn module(self) -> &'a Module {
        self.0
    }
}

/// The gate to code generation.
///
/// # Errors
/// Everything that is wrong, or of a function whose structure is broken, everything that is wrong
/// with its structure.
pub fn validate(module: &Module) -> Result<Valid<'_>, Vec<Fault>> {
    let mut faults = module::maps(module);
    for function in &module.functions {
        for problem in check(function, Some(module)).err().into_iter().flatten() {
            let line = problem.user().map(|user| line(function, user)).unwrap_or_default();
            faults.push(Fault { function: function.name.clone(), problem, line });
        }
    }
    if faults.is_empty() { Ok(Valid(module)) } else { Err(faults) }
}

fn line(function: &Function, user: User) -> String {
    match user {
        User::Inst(inst) => format!("{} = {}", function.result(inst), function.inst(inst)),
        User::End(block) => function.terminator(block).to_string(),
    }
}

/// As [`validate`], for one function, such as one between two passes: without what only the module
/// tells, the maps and the other functions.
///
/// # Errors
/// See [`validate`].
pub fn validate_function(function: &Function) -> Result<(), Vec<Problem>> {
    check(function, None)
}

fn check(function: &Function, module: Option<&Module>) -> Result<(), Vec<Problem>> {
    let mut check = Check::new(function, module);
    check.structure();
    if check.problems.is_empty() {
        check.control();
        check.evidence();
        let mut limits = Limits::new(function, None);
        for &block in &function.layout {
            for &inst in &function.block(block).insts {
                check.instruction(inst, &mut limits);
            }
            check.terminator(block);
        }
        check.dominance();
    }
    if check.problems.is_empty() {
        check.flow();
        check.invocations();
    }
    // An operand named twice by one user is one fault.
    check.problems.dedup();
    if check.problems.is_empty() { Ok(()) } else { Err(check.problems) }
}

/// Whether values of a type may come to a block in different ways. What has to be given back is held by the
/// block's parameter from there on.
const fn is_plain(ty: Type) -> bool {
    match ty {
        Type::I32 | Type::I64 => true,
        Type::Pointer(pointer) => {
            let region = pointer.region;
            matches!(region, Region::Value | Region::Constant | Region::Socket) && !pointer.nullable
        }
        Type::View | Type::Void => false,
    }
}

/// Where in the function a value becomes known: a block, and after how many of its instructions.
type Place = (Block, usize);

struct Check<'a> {
    function: &'a Function,
    module: Option<&'a Module>,
    problems: Vec<Problem>,
    in_layout: SecondaryMap<Block, bool>,
    placed: SecondaryMap<Inst, bool>,
    defined: SecondaryMap<Value, Option<Place>>,
    /// The window lengths of views.
    windows: SecondaryMap<Value, Option<u32>>,
}

impl<'a> Check<'a> {
    fn new(function: &'a Function, module: Option<&'a Module>) -> Self {
        Self {
            function,
            module,
            problems: Vec::new(),
            in_layout: function.per_block(),
            placed: SecondaryMap::with_capacity(function.inst_count()),
            defined: function.per_value(),
            windows: function.per_value(),
        }
    }

    fn require(&mut self, holds: bool, problem: Problem) {
        if !holds {
            self.problems.push(problem);
        }
    }

    /// All that a walk over the function without looking left and right relies on.
    fn structure(&mut self) {
        let function = self.function;
        let mut name = function.name.chars();
        let first = name.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        let rest = name.all(|c| c.is_ascii_alphanumeric() || c == '_');
        self.require(first && rest, Problem::Name);
        self.require(!function.layout.is_empty(), Problem::NoBlocks);
        for &block in &function.layout {
            let exists = block.index() < function.block_count();
            self.require(exists, Problem::UnknownBlock(block));
            if exists {
                let repeated = std::mem::replace(&mut self.in_layout[block], true);
                self.require(!repeated, Problem::RepeatedBlock(block));
            }
        }
        if self.problems.is_empty() {
            function.layout.iter().for_each(|block| self.definitions(*block));
        }
        if self.problems.is_empty() {
            function.layout.iter().for_each(|block| self.names(*block));
        }
    }

    /// Notes what a block defines.
    fn definitions(&mut self, block: Block) {
        let function = self.function;
        for (index, &param) in function.block(block).params.iter().enumerate() {
            let holds = param.index() < function.value_count()
                && function.def(param) == ValueDef::Param(block, index as u32);
            self.require(holds, Problem::ParameterDefinition { block, index });
            if holds {
                self.defined[param] = Some((block, 0));
            }
        }
        for (index, &inst) in function.block(block).insts.iter().enumerate() {
            if inst.index() >= function.inst_count() {
                self.problems.push(Problem::UnknownInst { block, inst });
                continue;
            }
            let twice = std::mem::replace(&mut self.placed[inst], true);
            self.require(!twice, Problem::PlacedTwice(inst));
            let result = function.result(inst);
            let holds = function.def(result) == ValueDef::Result(inst);
            self.require(holds, Problem::ResultDefinition(inst));
            self.defined[result] = Some((block, index + 1));
        }
    }

    /// Whether what a block uses and leads to is there.
    fn names(&mut self, block: Block) {
        let function = self.function;
        for &inst in &function.block(block).insts {
            for value in function.inst(inst).operands() {
                self.defined(User::Inst(inst), value);
            }
        }
        let Some(terminator) = &function.block(block).terminator else {
            self.problems.push(Problem::Unfinished(block));
            return;
        };
        terminator.for_each_operand(|value| self.defined(User::End(block), value));
        for target in terminator.successors() {
            self.require(self.in_layout[target], Problem::OutsideLayout { block, target });
        }
    }

    fn defined(&mut self, user: User, value: Value) {
        self.require(self.defined[value].is_some(), Problem::Undefined { user, value });
    }

    fn control(&mut self) {
        let function = self.function;
        let entry = function.entry();
        self.require(function.block(entry).params.is_empty(), Problem::EntryParameters);
        for &block in &function.layout {
            let back = function.terminator(block).successors().any(|target| target == entry);
            self.require(!back, Problem::EntryTarget(block));
        }
    }

    /// Where evidence comes from, and what the windows of views are.
    fn evidence(&mut self) {
        let function = self.function;
        let preds = function.predecessors();
        let mut evident: SecondaryMap<Block, bool> = function.per_block();
        for &block in &function.layout {
            let end = function.terminator(block);
            let (target, ty) = match *end {
                Terminator::Check { ok, length, .. } => {
                    self.require(length > 0, Problem::EmptyWindow(block));
                    (ok, Some(Type::View))
                }
                Terminator::NonNull { pointer, some, .. } => {
                    let pointer = function.ty(pointer).pointer();
                    (some, pointer.map(|pointer| Type::Pointer(pointer.non_null())))
                }
                Terminator::Bound { low, high, inside, .. } => {
                    self.require(low <= high, Problem::EmptyBound(block));
                    (inside, Some(Type::I64))
                }
                Terminator::Jump(_) | Terminator::Branch { .. } | Terminator::Return(_) => continue,
            };
            evident[target] = true;
            self.require(preds[target].len() == 1, Problem::OkShared(target));
            match function.block(target).params.as_slice() {
                // A question about something else is a fault of its own.
                &[param] if ty.is_none_or(|ty| function.ty(param) == ty) => {
                    if let Terminator::Check { length, .. } = *end {
                        self.windows[param] = Some(length);
                    }
                }
                _ => self.problems.push(Problem::OkParameters(target)),
            }
        }
        for &block in &function.layout {
            for (index, &param) in function.block(block).params.iter().enumerate() {
                let holds = evident[block] || is_plain(function.ty(param));
                self.require(holds, Problem::EvidenceParameter { block, index });
            }
        }
    }

    fn instruction(&mut self, inst: Inst, limits: &mut Limits<'_>) {
        let function = self.function;
        let user = User::Inst(inst);
        let ty = match *function.inst(inst) {
            Instruction::Const(ty, number) => {
                let holds = ty.is_number() && number <= ty.mask();
                self.require(holds, Problem::Constant(inst));
                ty
            }
            Instruction::Unary(op, value) => {
                let Some(ty) = op.result(function.ty(value)) else {
                    self.problems.push(Problem::OperandType { user, value });
                    return;
                };
                ty
            }
            Instruction::Binary(_, a, b) => {
                self.same_numbers(user, a, b);
                function.ty(a)
            }
            Instruction::Load { width, view, displacement } => {
                self.window(inst, view, displacement, width);
                width.result()
            }
            Instruction::Store { width, view, displacement, value } => {
                self.window(inst, view, displacement, width);
                self.typed(user, value, width.result());
                Type::Void
            }
            Instruction::Meta(_) => Type::I32,
            Instruction::Table { width, table, index } => {
                let holds = table.index() < function.table_count();
                self.require(holds, Problem::UnknownTable { inst, table });
                self.typed(user, index, Type::I32);
                width.result()
            }
            Instruction::Call { helper, args, result } => {
                self.call_helper(inst, helper, args.as_slice(), result, limits);
                result
            }
            Instruction::Invoke { function: callee, args, result } => {
                self.invoke(inst, callee, args.as_slice(), result);
                result
            }
            other => {
                self.memory(inst, &other, limits);
                function.type_of(&other)
            }
        };
        let holds = function.ty(function.result(inst)) == ty;
        self.require(holds, Problem::ResultDefinition(inst));
    }

    /// An access to bytes of a view's window.
    fn window(&mut self, inst: Inst, view: Value, displacement: u32, width: Width) {
        let end = u64::from(displacement) + u64::from(width.bytes());
        match self.windows[view] {
            Some(length) => {
                let holds = end <= u64::from(length);
                self.require(holds, Problem::OutsideWindow { inst, length });
            }
            None => {
                self.problems.push(Problem::OperandType { user: User::Inst(inst), value: view });
            }
        }
    }

    /// Two operands of one type that is a number.
    fn same_numbers(&mut self, user: User, a: Value, b: Value) {
        let ty = self.function.ty(a);
        self.require(ty.is_number(), Problem::OperandType { user, value: a });
        let holds = self.function.ty(b) == ty;
        self.require(holds, Problem::OperandType { user, value: b });
    }

    fn typed(&mut self, user: User, value: Value, ty: Type) {
        let holds = self.function.ty(value) == ty;
        self.require(holds, Problem::OperandType { user, value });
    }

    fn terminator(&mut self, block: Block) {
        let user = User::End(block);
        match self.function.terminator(block) {
            Terminator::Jump(call) => self.call(block, call),
            Terminator::Branch { a, b, then, otherwise, .. } => {
                self.same_numbers(user, *a, *b);
                self.call(block, then);
                self.call(block, otherwise);
            }
            Terminator::Check { offset, fail, .. } => {
                if let Some(offset) = offset {
                    self.typed(user, *offset, Type::I32);
                }
                self.call(block, fail);
            }
            Terminator::NonNull { pointer, none, .. } => {
                let nullable = self.function.ty(*pointer).pointer().is_some_and(|p| p.nullable);
                self.require(nullable, Problem::OperandType { user, value: *pointer });
                self.call(block, none);
            }
            Terminator::Bound { value, outside, .. } => {
                self.typed(user, *value, Type::I64);
                self.call(block, outside);
            }
            Terminator::Return(value) => self.typed(user, *value, self.function.result),
        }
    }

    /// A parameter that is evidence is refused where it stands, so none gets an argument here.
    fn call(&mut self, block: Block, call: &BlockCall) {
        let function = self.function;
        let target = call.block;
        let params = &function.block(target).params;
        let same = params.len() == call.args.len();
        self.require(same, Problem::ArgumentCount { block, target });
        for (index, (arg, param)) in call.args.iter().zip(params).enumerate() {
            let holds = function.ty(*arg) == function.ty(*param);
            self.require(holds, Problem::ArgumentType { block, target, index });
        }
    }

    fn dominance(&mut self) {
        let function = self.function;
        let dominators = Dominators::new(function);
        for &block in &function.layout {
            if !dominators.is_reachable(block) {
                self.problems.push(Problem::Unreachable(block));
                continue;
            }
            let insts = &function.block(block).insts;
            for (index, &inst) in insts.iter().enumerate() {
                for value in function.inst(inst).operands() {
                    self.passed(&dominators, User::Inst(inst), value, (block, index));
                }
            }
            let end = (block, insts.len());
            function.terminator(block).for_each_operand(|value| {
                self.passed(&dominators, User::End(block), value, end);
            });
        }
    }

    /// Whether `value` is known when control is at `place`.
    fn passed(&mut self, dominators: &Dominators, user: User, value: Value, place: Place) {
        let holds = self.defined[value].is_some_and(|(block, after)| {
            if block == place.0 { after <= place.1 } else { dominators.dominates(block, place.0) }
        });
        self.require(holds, Problem::NotDominated { user, value });
    }
}

#[cfg(test)]
mod tests;
