//! Statements, blocks, loops.

use nbpfc_ir::{BinaryOp, Compare, Type as Scalar};
use nbpfc_kernel::Helper;
use nbpfc_sema::{
    Block, CompareOp, Condition, Expr, ExprKind, Fate, Int, LocalId, Part, Stmt, StmtKind, Type,
    Value as Known,
};
use nbpfc_source::Span;

use crate::lowering::{Exit, Loop, Lowering, Parts};
use crate::mark::Mark;

impl<'p> Lowering<'p> {
    /// A block's statements, and the scalars of its value.
    pub(crate) fn block(&mut self, block: &'p Block) -> Parts {
        let outside = self.in_scope.len();
        for stmt in &block.statements {
            self.stmt(stmt);
            if self.builder.is_terminated() {
                self.in_scope.truncate(outside);
                return Vec::new();
            }
            self.settle_behind();
        }
        self.in_scope.truncate(outside);
        let parts = block.tail.as_ref().map(|tail| self.expr(tail)).unwrap_or_default();
        if !self.builder.is_terminated() {
            for local in &block.releases {
                self.give_back(*local, Fate::Discarded(0));
            }
        }
        parts
    }

    fn stmt(&mut self, stmt: &'p Stmt) {
        self.place(stmt.span);
        match &stmt.kind {
            StmtKind::Let(local, value, None) => {
                let parts = self.expr(value);
                self.assign_local(*local, &parts);
            }
            StmtKind::Let(local, value, Some(otherwise)) => {
                let absent = self.builder.block();
                let before = self.held.clone();
                let parts = self.optional(value, absent);
                self.assign_local(*local, &parts);
                let held = self.held.clone();
                let go_on = self.builder.block();
                self.builder.jump(go_on);
                self.builder.enter(absent);
                self.now_held(before);
                self.apart(|lowering| lowering.block(otherwise));
                self.builder.enter(go_on);
                self.now_held(held);
            }
            StmtKind::Assign(place, value) => {
                let parts = self.expr(value);
                self.assign(place, &parts);
            }
            StmtKind::Store(place, compute, value) => self.store(place, *compute, value),
            StmtKind::Write(write) => self.write(write),
            StmtKind::Set(row, element, value) => self.assign_member(row, *element, value),
            StmtKind::Lock(place, body) => {
                let pointer = self.part(place);
                self.calls(&Helper::SPIN_LOCK, "lock", place.span);
                self.locked(pointer, |lowering| {
                    lowering.apart(|lowering| lowering.block(body));
                });
            }
            StmtKind::Expr(value) => {
                self.expr(value);
            }
            StmtKind::Return(value) => self.return_stmt(value.as_ref()),
            StmtKind::Break => {
                if let Some(around) = self.frame.loops.last().copied() {
                    self.release_from(around.held);
                    self.builder.jump(around.end);
                }
            }
            StmtKind::Continue => {
                if let Some(around) = self.frame.loops.last().copied() {
                    self.release_from(around.held);
                    self.builder.jump(around.next);
                }
            }
            StmtKind::For { local, start, end, included, limit, body } => {
                self.for_loop(*local, [start, end], *included, *limit, body);
            }
            StmtKind::Each(each) => self.each(each),
            StmtKind::Items { local, array, body } => self.items(*local, array, body),
            StmtKind::While { condition, limit, body } => {
                self.while_loop(condition, *limit, body);
            }
        }
    }

    /// Leaves a function with a socket, which is not given back then, or without one.
    fn give_socket(&mut self, value: &'p Expr, (exit, absent): (nbpfc_ir::Block, nbpfc_ir::Block)) {
        if let ExprKind::Value(Known::Absent) = value.kind {
            self.release_from(self.frame.held);
            return self.builder.jump(absent);
        }
        let [none, some] = [self.builder.block(), self.builder.block()];
        let parts = self.optional(value, none);
        self.builder.jump(some);
        self.builder.enter(none);
        self.release_from(self.frame.held);
        self.builder.jump(absent);
        self.builder.enter(some);
        let kept = self.held.iter().filter(|held| parts.first() == Some(&held.pointer));
        let kept: Vec<_> = self.held.iter().take(self.frame.held).chain(kept).copied().collect();
        self.release_but(&kept);
        if let Exit::Decided(result, ..) = self.frame.exit.clone() {
            self.set(&result, &parts);
        }
        self.builder.jump(exit);
    }

    fn return_stmt(&mut self, value: Option<&'p Expr>) {
        if let (Exit::Decided(_, exit, absent), Some(value)) = (self.frame.exit.clone(), value) {
            return self.give_socket(value, (exit, absent));
        }
        let parts = value.map(|value| self.expr(value)).unwrap_or_default();
        if self.builder.is_terminated() {
            return;
        }
        match (self.frame.exit.clone(), parts.first()) {
            (Exit::Function(result, exit) | Exit::Decided(result, exit, _), _) => {
                self.release_from(self.frame.held);
                self.set(&result, &parts);
                self.builder.jump(exit);
            }
            (Exit::Program, Some(verdict)) => {
                self.release_from(0);
                self.builder.ret(*verdict);
            }
            (Exit::Program, None) => self.builder.jump(self.otherwise),
        }
    }

    /// `if`
    pub(crate) fn if_expr(
        &mut self,
        condition: &'p Condition,
        then: &'p Block,
        otherwise: Option<&'p Block>,
        ty: &Type,
    ) -> Parts {
        let result = self.variables(ty);
        let [no, done] = [self.builder.block(), self.builder.block()];
        let before = self.held.clone();
        let mut after = before.clone();
        self.condition(condition, no);
        for block in [Some(then), otherwise] {
            self.apart(|lowering| {
                let parts = block.map(|block| lowering.block(block)).unwrap_or_default();
                if !lowering.builder.is_terminated() {
                    lowering.set(&result, &parts);
                    lowering.builder.jump(done);
                    after.clone_from(&lowering.held);
                }
            });
            self.now_held(before.clone());
            if std::ptr::eq(block.map_or(std::ptr::null(), |b| b), then) {
                self.builder.enter(no);
            }
        }
        self.builder.enter(done);
        self.now_held(after);
        self.settle_behind();
        self.get(&result)
    }

    fn for_loop(
        &mut self,
        local: LocalId,
        ends: [&'p Expr; 2],
        included: bool,
        limit: u32,
        body: &'p Block,
    ) {
        let Type::Int(int) = ends[0].ty else { return };
        let asked = Span { start: ends[0].span.start, end: ends[1].span.end };
        self.payload_before(&[Part::Block(body)]);
        let mut begun = self.begin_loop(asked);
        let [start, end] = ends.map(|expr| self.expr(expr)[0]);
        let variables = self.local(local);
        let [head, next, done] = [(); 3].map(|()| self.builder.block());
        let ended = self.marked(done);
        self.set(&variables, &[start]);
        let rounds = self.rounds(ends, int, limit);
        self.forget_assigned(None, body);
        let counts =
            |variable: &nbpfc_ir::Variable| rounds.is_none() && variables.contains(variable);
        self.in_scope.retain(|variable| !counts(variable));
        self.begin_rounds(&mut begun, head);
        self.count(rounds, limit, done);
        let at = self.get(&variables)[0];
        let go_on = self.builder.block();
        let inside = if included { CompareOp::Le } else { CompareOp::Lt };
        let (compare, a, b) = self.comparison(inside, int, at, end);
        self.builder.branch(compare, a, b, go_on, ended);
        self.builder.enter(go_on);
        self.mark(asked, Mark::Round);
        let held = self.held.clone();
        self.body(body, next, done, held.len());
        self.now_held(held);
        self.builder.enter(next);
        let at = self.get(&variables)[0];
        if included {
            // Behind the greatest number of its type comes none.
            let more = self.builder.block();
            self.builder.branch(Compare::Eq, at, end, ended, more);
            self.builder.enter(more);
        }
        let one = self.counter(int, 1);
        let after = self.builder.binary(BinaryOp::Add, at, one);
        self.set(&variables, &[after]);
        self.end_rounds(head, [ended, done], asked);
        self.end_loop(begun, limit);
    }

    /// A variable that counts a loop's rounds, where the loop's own ends do not bound them.
    fn rounds(&mut self, ends: [&Expr; 2], int: Int, limit: u32) -> Option<nbpfc_ir::Variable> {
        let numbers = ends.map(|end| match &end.kind {
            ExprKind::Value(Known::Int(number)) => Some(*number),
            _ => None,
        });
        if let [Some(start), Some(end)] = numbers
            && !int.signed
            && end - start <= i128::from(limit)
        {
            return None;
        }
        Some(self.start_count())
    }

    pub(crate) fn start_count(&mut self) -> nbpfc_ir::Variable {
        let rounds = self.builder.variable(Scalar::I32);
        let zero = self.builder.const32(0);
        self.builder.set(rounds, zero);
        rounds
    }

    /// Leaves a loop that was as often around as it may be.
    pub(crate) fn count(
        &mut self,
        rounds: Option<nbpfc_ir::Variable>,
        limit: u32,
        done: nbpfc_ir::Block,
    ) {
        let Some(rounds) = rounds else { return };
        let go_on = self.builder.block();
        let made = self.builder.get(rounds);
        let bound = self.builder.const32(limit);
        self.builder.branch(Compare::Lt, made, bound, go_on, done);
        self.builder.enter(go_on);
        let more = self.builder.binary_imm(BinaryOp::Add, made, 1);
        self.builder.set(rounds, more);
    }

    fn while_loop(&mut self, condition: &'p Condition, limit: u32, body: &'p Block) {
        let (Condition::If(asked) | Condition::Let(_, asked)) = condition;
        self.payload_before(&[Part::Expr(asked), Part::Block(body)]);
        let mut begun = self.begin_loop(asked.span);
        let [head, done] = [self.builder.block(), self.builder.block()];
        let rounds = self.start_count();
        self.forget_assigned(Some(condition), body);
        let around = self.in_scope.clone();
        self.keep_asked(condition);
        self.begin_rounds(&mut begun, head);
        self.count(Some(rounds), limit, done);
        let held = self.held.clone();
        self.apart(|lowering| {
            lowering.condition(condition, done);
            lowering.body(body, head, done, held.len());
        });
        self.now_held(held);
        self.in_scope = around;
        self.builder.seal(head);
        self.around -= 1;
        self.end_loop(begun, limit);
        self.builder.enter(done);
        self.settle(false);
    }

    pub(crate) fn body(
        &mut self,
        body: &'p Block,
        next: nbpfc_ir::Block,
        end: nbpfc_ir::Block,
        held: usize,
    ) {
        self.frame.loops.push(Loop { next, end, held });
        self.apart(|lowering| {
            lowering.block(body);
            lowering.jump(next);
        });
        self.frame.loops.pop();
    }
}
