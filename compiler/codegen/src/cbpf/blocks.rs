//! Block by block: statements, then the end.

use rustc_hash::{FxHashMap, FxHashSet};

use nbpfc_ir::{Block, BlockCall, Compare, Function, Limits, Terminator, Value, verdict};
use nbpfc_kernel::Target;
use nbpfc_source::Span;

use super::assemble::{Label, Line, assemble, tidy};
use super::evaluate::Evaluator;
use super::insn::{ClassicInsn, code};
use super::tree::{Key, Tree};
use super::uses::Uses;
use super::{STATE, inexpressible};
use crate::error::Error;
use crate::plan::{Mode, Plan};

/// Compiles a function.
pub(crate) fn compile(function: &Function, target: &Target) -> Result<Vec<ClassicInsn>, Error> {
    if Mode::of(function, target, true) != Mode::Absolute {
        return Err(inexpressible("another verdict for short packets than 0", Span::default()));
    }
    let mut limits = Limits::new(function, Some(target));
    let plan = Plan::new(function, target, Mode::Absolute, &mut limits);
    let mut compiler = Compiler {
        function,
        code: Evaluator::new(Uses::new(&plan, &mut limits)?),
        blocks: FxHashMap::default(),
        wanted: [function.entry()].into_iter().collect(),
        held: FxHashMap::default(),
        returns: Vec::new(),
    };
    for block in compiler.code.uses.order.clone() {
        if compiler.wanted.contains(&block) {
            compiler.block(block)?;
        }
    }
    compiler.returns();
    tidy(&mut compiler.code.lines);
    assemble(&compiler.code.lines, compiler.code.labels)
}

struct Compiler<'a> {
    function: &'a Function,
    code: Evaluator<'a>,
    blocks: FxHashMap<Block, Label>,
    /// The blocks that something leads to.
    wanted: FxHashSet<Block>,
    /// What the registers hold where a block begins that has one predecessor.
    held: FxHashMap<Block, (Option<Key>, Option<Key>)>,
    /// The constants that are returned, each in one place.
    returns: Vec<(u32, Label)>,
}

impl Compiler<'_> {
    fn plan(&self) -> &Plan<'_> {
        self.code.uses.plan
    }

    fn block(&mut self, block: Block) -> Result<(), Error> {
        let label = self.label(block);
        self.code.lines.push(Line::Place(label));
        (self.code.a, self.code.x) = self.held.get(&block).copied().unwrap_or_default();
        let data = self.function.block(block);
        let end = self.code.uses.end(block);
        for (index, &inst) in data.insts.iter().enumerate() {
            let value = self.function.result(inst);
            self.code.place = end - data.insts.len() + index;
            self.statement(value)?;
        }
        self.code.place = end;
        match self.function.terminator(block) {
            Terminator::Jump(call) => self.jump(block, call),
            Terminator::Branch { compare, a, b, then, otherwise } => {
                self.branch(block, *compare, (*a, *b), then, otherwise)
            }
            Terminator::Check { length, ok, fail, .. } => self.check(block, *length, *ok, fail),
            Terminator::NonNull { .. } | Terminator::Bound { .. } => {
                Err(inexpressible(STATE, data.span))
            }
            Terminator::Return(value) => {
                if let Some(number) = self.code.uses.constant(*value) {
                    self.code.push(code::RET, number as u32);
                } else {
                    self.code.evaluate(self.code.uses.key(*value))?;
                    self.code.push(code::RET_A, 0);
                }
                Ok(())
            }
        }
    }

    /// Evaluates what has to be evaluated where it stands.
    fn statement(&mut self, value: Value) -> Result<(), Error> {
        let kept: Vec<(Key, u8)> = self.code.uses.kept(value).collect();
        for (key, word) in kept {
            self.code.keep(key, word)?;
        }
        if let Some(key) = self.code.uses.effect(value) {
            match self.code.uses.tree(key)? {
                Tree::HeaderLength { .. } => self.code.index(key)?,
                _ => self.code.evaluate(key)?,
            }
        }
        Ok(())
    }

    fn jump(&mut self, from: Block, call: &BlockCall) -> Result<(), Error> {
        if let Some(number) = self.verdict(call) {
            self.code.push(code::RET, number);
            return Ok(());
        }
        self.pass(call)?;
        let to = self.lead(from, call.block);
        self.code.lines.push(Line::Jump(to));
        Ok(())
    }

    /// Sets the parameters of a jump's target.
    fn pass(&mut self, call: &BlockCall) -> Result<(), Error> {
        let params = &self.function.block(call.block).params;
        for (&param, &argument) in params.iter().zip(&call.args) {
            if self.plan().is_param(param)
                && let Some(word) = self.code.uses.word(Key { value: param, reversed: false })
            {
                self.code.evaluate(self.code.uses.key(argument))?;
                self.code.push(code::ST, word.into());
            }
        }
        Ok(())
    }

    fn branch(
        &mut self,
        from: Block,
        compare: Compare,
        (a, b): (Value, Value),
        then: &BlockCall,
        otherwise: &BlockCall,
    ) -> Result<(), Error> {
        let sides = self.code.uses.sides(compare, a, b);
        let (operand, k) = self.code.sides(sides.a, sides.b)?;
        let (condition, turned) = match sides.compare {
            Compare::Eq => (code::JEQ, false),
            Compare::Ne => (code::JEQ, true),
            Compare::Gt => (code::JGT, false),
            Compare::Le => (code::JGT, true),
            Compare::Ge => (code::JGE, false),
            Compare::Lt => (code::JGE, true),
            Compare::Set => (code::JSET, false),
            Compare::Clear => (code::JSET, true),
        };
        let (then, otherwise) = if turned { (otherwise, then) } else { (then, otherwise) };
        let [first, second] = [self.edge(from, then), self.edge(from, otherwise)];
        self.code.lines.push(Line::Branch {
            code: condition | operand,
            k,
            then: first.label,
            otherwise: second.label,
        });
        let held = (self.code.a, self.code.x);
        for edge in [first, second] {
            if let Some(call) = edge.passes {
                (self.code.a, self.code.x) = held;
                self.code.lines.push(Line::Place(edge.label));
                self.pass(call)?;
                let to = self.lead(from, call.block);
                self.code.lines.push(Line::Jump(to));
            }
        }
        Ok(())
    }

    fn check(
        &mut self,
        block: Block,
        length: u32,
        ok: Block,
        fail: &BlockCall,
    ) -> Result<(), Error> {
        if self.plan().never(block, length) {
            return self.jump(block, fail);
        }
        let address = self.plan().address(block);
        if let (Some(base), Some(k)) = (address.base, self.code.uses.limit(block)) {
            self.code.evaluate(self.code.uses.key(base))?;
            let short = self.edge(block, fail).label;
            let next = self.code.label();
            self.code.lines.push(Line::Branch { code: code::JGT, k, then: short, otherwise: next });
            self.code.lines.push(Line::Place(next));
        }
        if !self.plan().is_silent(block) {
            let last = address.disp as u32 + length - 1;
            if let Some(base) = address.base {
                self.code.index(self.code.uses.key(base))?;
                self.code.push(code::LD_IND + code::BYTE, last);
            } else {
                self.code.push(code::LD_ABS + code::BYTE, last);
            }
            self.code.a = None;
        }
        let ok = self.lead(block, ok);
        self.code.lines.push(Line::Jump(ok));
        Ok(())
    }

    /// Where to branch to, and what to pass on the way.
    fn edge<'c>(&mut self, from: Block, call: &'c BlockCall) -> Edge<'c> {
        if let Some(number) = self.verdict(call) {
            return Edge { label: self.return_label(number), passes: None };
        }
        let params = &self.function.block(call.block).params;
        if params.iter().any(|param| self.plan().is_param(*param)) {
            Edge { label: self.code.label(), passes: Some(call) }
        } else {
            Edge { label: self.lead(from, call.block), passes: None }
        }
    }

    /// The label of a block that `from` leads to.
    fn lead(&mut self, from: Block, to: Block) -> Label {
        self.wanted.insert(to);
        if self.plan().has_one_edge(to) && from != to {
            self.held.insert(to, (self.code.a, self.code.x));
        }
        self.label(to)
    }

    fn label(&mut self, block: Block) -> Label {
        if let Some(&label) = self.blocks.get(&block) {
            return label;
        }
        let label = self.code.label();
        self.blocks.insert(block, label);
        label
    }

    /// What a jump returns, if it does nothing else.
    fn verdict(&self, call: &BlockCall) -> Option<u32> {
        let effects = &self.function.block(call.block).insts;
        let quiet = effects.iter().all(|inst| {
            let value = self.function.result(*inst);
            self.code.uses.effect(value).is_none() && self.code.uses.kept(value).next().is_none()
        });
        verdict(self.function, call).filter(|_| quiet)
    }

    fn return_label(&mut self, number: u32) -> Label {
        if let Some((_, label)) = self.returns.iter().find(|(known, _)| *known == number) {
            return *label;
        }
        let label = self.code.label();
        self.returns.push((number, label));
        label
    }

    /// The returns that are branched to: acceptance first, as elsewhere.
    fn returns(&mut self) {
        self.returns.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
        for (number, label) in std::mem::take(&mut self.returns) {
            self.code.lines.push(Line::Place(label));
            self.code.push(code::RET, number);
        }
    }
}

struct Edge<'c> {
    label: Label,
    /// The jump behind the label, if it has arguments.
    passes: Option<&'c BlockCall>,
}
