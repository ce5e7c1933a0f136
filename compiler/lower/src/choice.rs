//! Truth values as ways: branches, optional values, `match`.

use nbpfc_ir::{Block, Compare, Value};
use nbpfc_kernel::{Field, Layer};
use nbpfc_pcap::{LinkType, Options, lower_into};
use nbpfc_sema::{
    Arm, CompareOp, Condition, Expr, ExprKind, Filter, FilterId, Int, Type, Value as Known,
};

use crate::layout::record;
use crate::lowering::{Lowering, Parts};
use crate::mark::Mark;
use crate::shape::{numbers, shape};

/// What stands for `ip broadcast`: a program may be on any interface.
const NETMASK: &str =
    "write the addresses that are meant, as in `dst host 10.0.0.255 or dst host 255.255.255.255`";

impl<'p> Lowering<'p> {
    /// Ends the current block: goes to `then` if a truth value holds. Neither block is sealed.
    pub(crate) fn branch(&mut self, expr: &'p Expr, then: Block, otherwise: Block) {
        self.place(expr.span);
        match &expr.kind {
            ExprKind::Value(Known::Bool(true)) => self.builder.jump(then),
            ExprKind::Value(Known::Bool(false)) => self.builder.jump(otherwise),
            ExprKind::Not(inner) => self.branch(inner, otherwise, then),
            ExprKind::And(a, b) => {
                let between = self.builder.block();
                self.branch(a, between, otherwise);
                self.builder.enter(between);
                self.apart(|lowering| lowering.branch(b, then, otherwise));
            }
            ExprKind::Or(a, b) => {
                let between = self.builder.block();
                self.branch(a, then, between);
                self.builder.enter(between);
                self.apart(|lowering| lowering.branch(b, then, otherwise));
            }
            _ => {
                let [yes, no] = [then, otherwise].map(|to| self.marked(to));
                self.decide(expr, yes, no);
                self.fill_marked(yes, then, expr.span, Mark::True);
                self.fill_marked(no, otherwise, expr.span, Mark::False);
            }
        }
    }

    /// As [`Self::branch`], for what asks one question.
    fn decide(&mut self, expr: &'p Expr, then: Block, otherwise: Block) {
        match &expr.kind {
            ExprKind::Compare(op, a, b) => self.compare(*op, a, b, then, otherwise),
            ExprKind::In(value, set) => {
                let parts = self.expr(value);
                self.open();
                self.is_in(&value.ty, &parts, set, then, otherwise);
            }
            ExprKind::Between(value, low, high) => {
                let parts = self.expr(value);
                self.open();
                match (&value.ty, low.number(), high.number()) {
                    (Type::Int(int), Some(low), Some(high)) => {
                        self.in_range(*int, parts[0], low, high, then, otherwise);
                    }
                    _ => self.builder.jump(otherwise),
                }
            }
            ExprKind::Matches(filter, inside) => {
                let origin = inside.as_ref().and_then(|inside| {
                    let Type::Inner(header) = inside.ty else { return None };
                    let offset = self.expr(inside)[0];
                    self.open();
                    Some(self.end(header, offset))
                });
                self.matches(*filter, origin, [then, otherwise]);
            }
            ExprKind::BeginsWith(bytes, text) => self.begins_with(bytes, text, then, otherwise),
            _ => {
                let parts = self.expr(expr);
                if self.builder.is_terminated() {
                    return;
                }
                let zero = self.builder.const32(0);
                self.builder.branch(Compare::Ne, parts[0], zero, then, otherwise);
            }
        }
    }

    fn compare(&mut self, op: CompareOp, a: &'p Expr, b: &'p Expr, then: Block, otherwise: Block) {
        let (left, right) = (self.expr(a), self.expr(b));
        self.open();
        if let (&[left], &[right]) = (left.as_slice(), right.as_slice()) {
            let int = if let Type::Int(int) = a.ty { int } else { Int::U32 };
            let (compare, left, right) = self.comparison(op, int, left, right);
            return self.builder.branch(compare, left, right, then, otherwise);
        }
        // Values of several scalars have equality only.
        let (same, differ) =
            if op == CompareOp::Eq { (then, otherwise) } else { (otherwise, then) };
        for (left, right) in left.iter().zip(&right) {
            let next = self.builder.block();
            self.builder.branch(Compare::Eq, *left, *right, next, differ);
            self.builder.enter(next);
        }
        self.builder.jump(same);
    }

    /// Ends the current block: whether a number is in a range, ends included.
    pub(crate) fn in_range(
        &mut self,
        int: Int,
        value: Value,
        low: i128,
        high: i128,
        then: Block,
        otherwise: Block,
    ) {
        let ty = Type::Int(int);
        let [first, last] = [low, high].map(|bound| {
            let number = numbers(self.program, &ty, &Known::Int(bound)).pop().unwrap_or(0);
            self.constant(self.builder.ty(value), number)
        });
        if low == high {
            return self.builder.branch(Compare::Eq, value, first, then, otherwise);
        }
        let mut bounds = Vec::new();
        if low > int.min() {
            bounds.push((CompareOp::Ge, first));
        }
        if high < int.max() {
            bounds.push((CompareOp::Le, last));
        }
        for (op, bound) in bounds {
            let next = self.builder.block();
            let (compare, a, b) = self.comparison(op, int, value, bound);
            self.builder.branch(compare, a, b, next, otherwise);
            self.builder.enter(next);
        }
        self.builder.jump(then);
    }

    fn matches(&mut self, id: FilterId, origin: Option<Value>, ways: [Block; 2]) {
        let filter = &self.program.filters[id];
        let link_type = match filter.inside.unwrap_or(self.hook.row.layer) {
            Layer::Link => LinkType::Ethernet,
            Layer::Network => LinkType::Raw,
        };
        let options = Options {
            live: true,
            // Of what is inside the kernel takes no tag out.
            netmask_help: NETMASK,
            tag_beside: origin.is_none() && self.target.field(Field::VlanPresent).is_some(),
            ..Options::new(filter.file, link_type)
        };
        let lowered = lower_into(&mut self.builder, &filter.tree, &options, origin, ways);
        if let Err(found) = lowered {
            let placed =
                found.into_iter().map(|d| Filter::place(filter.file, filter.span, filter.plain, d));
            self.diagnostics.extend(placed);
            self.builder.jump(ways[1]);
        }
    }

    /// A condition, and then `f` on the way where it holds; goes on to `otherwise` where not.
    pub(crate) fn condition(&mut self, condition: &'p Condition, otherwise: Block) {
        match condition {
            Condition::If(expr) => {
                let then = self.builder.block();
                self.branch(expr, then, otherwise);
                self.builder.enter(then);
            }
            Condition::Let(local, expr) => {
                let parts = self.optional(expr, otherwise);
                self.assign_local(*local, &parts);
            }
        }
    }

    /// The value of an optional expression; goes on to `absent` where there is none.
    pub(crate) fn optional(&mut self, expr: &'p Expr, absent: Block) -> Parts {
        self.place(expr.span);
        if let ExprKind::Present(inner) = &expr.kind {
            return self.expr(inner);
        }
        let no = self.marked(absent);
        let parts = self.obtained(expr, no);
        if no != absent && !self.builder.is_terminated() {
            let go_on = self.builder.block();
            self.builder.jump(go_on);
            self.fill_marked(no, absent, expr.span, Mark::Absent);
            self.builder.enter(go_on);
            self.mark(expr.span, Mark::Present);
        }
        parts
    }

    fn obtained(&mut self, expr: &'p Expr, absent: Block) -> Parts {
        match &expr.kind {
            ExprKind::Field(base, header, index) => {
                let offset = self.expr(base)[0];
                self.open();
                self.is_value(&expr.ty, expr.span);
                self.conditional_field(offset, *header, *index, absent)
            }
            ExprKind::Find(base, header) => {
                let parts = self.expr(base);
                self.open();
                let offset = match base.ty {
                    Type::Inner(outer) => self.find_inside(outer, parts[0], *header, absent),
                    _ => self.find_in_packet(*header, absent),
                };
                vec![offset]
            }
            ExprKind::Pick(array, index) => self.pick(array, index, Some(absent)),
            ExprKind::NumberAt(bytes, index) => {
                vec![self.number_at(bytes, index, &expr.ty, absent)]
            }
            ExprKind::Obtain(map, key) => vec![self.obtain(*map, key, absent)],
            ExprKind::Operate(map, number, args) if !matches!(&expr.ty, Type::Optional(inner) if inner.place().is_some() || inner.stays()) => {
                self.taken(*map, *number, args, expr, absent)
            }
            ExprKind::Call(function, args) if matches!(&expr.ty, Type::Optional(inner) if **inner == Type::Socket) =>
            {
                let parts = self.call(*function, args, expr, Some(absent));
                self.open();
                parts
            }
            _ if matches!(&expr.ty, Type::Optional(inner) if matches!(**inner, Type::Socket | Type::MapIn(_))) =>
            {
                let parts = self.expr(expr);
                self.open();
                vec![self.builder.non_null(parts[0], absent)]
            }
            _ if let Type::Optional(inner) = &expr.ty
                && let Some(place) = inner.place() =>
            {
                let parts = self.expr(expr);
                self.open();
                let pointer = self.builder.non_null(parts[0], absent);
                if inner.is_held() {
                    // What was in the ring before is nobody's business.
                    self.clear(pointer, record(self.program, place).size);
                }
                vec![pointer]
            }
            _ => {
                let parts = self.expr(expr);
                self.open();
                let Some((present, value)) = parts.split_first() else { return Vec::new() };
                let zero = self.builder.const32(0);
                let there = self.builder.block();
                self.builder.branch(Compare::Ne, *present, zero, there, absent);
                self.builder.enter(there);
                value.to_vec()
            }
        }
    }

    /// An expression that decides, as a value: `f` ends the block with ways to two blocks.
    pub(crate) fn truth(&mut self, f: impl FnOnce(&mut Self, Block, Block)) -> Parts {
        let result = self.variables(&Type::Bool);
        let [yes, no, done] = [(); 3].map(|()| self.builder.block());
        f(self, yes, no);
        for (block, number) in [(yes, 1), (no, 0)] {
            self.builder.enter(block);
            let number = self.builder.const32(number);
            self.builder.set(result[0], number);
            self.builder.jump(done);
        }
        self.builder.enter(done);
        self.get(&result)
    }

    /// `match`
    pub(crate) fn match_expr(&mut self, subject: &'p Expr, arms: &'p [Arm], ty: &Type) -> Parts {
        let value = self.expr(subject);
        self.open();
        let result = self.variables(ty);
        let done = self.builder.block();
        let before = self.held.clone();
        let mut after = before.clone();
        for arm in arms {
            let next = self.builder.block();
            if let Some(ranges) = &arm.values {
                let taken = self.builder.block();
                for (low, high) in ranges {
                    let other = self.builder.block();
                    self.arm_range(subject, value[0], low, high, taken, other);
                    self.builder.enter(other);
                }
                self.builder.jump(next);
                self.builder.enter(taken);
            }
            self.apart(|lowering| {
                if let Some(guard) = &arm.guard {
                    let holds = lowering.builder.block();
                    lowering.branch(guard, holds, next);
                    lowering.builder.enter(holds);
                }
                lowering.mark(arm.value.span, Mark::Arm);
                let parts = lowering.expr(&arm.value);
                if !lowering.builder.is_terminated() {
                    lowering.set(&result, &parts);
                    lowering.builder.jump(done);
                    after.clone_from(&lowering.held);
                }
            });
            self.now_held(before.clone());
            self.builder.enter(next);
        }
        // Every value has its arm, so this is not reached.
        self.release_but(&after);
        self.builder.jump(done);
        self.builder.enter(done);
        self.now_held(after);
        self.settle_behind();
        self.get(&result)
    }

    fn arm_range(
        &mut self,
        subject: &Expr,
        value: Value,
        low: &Known,
        high: &Known,
        then: Block,
        otherwise: Block,
    ) {
        if let (Type::Int(int), Some(low), Some(high)) = (&subject.ty, low.number(), high.number())
        {
            return self.in_range(*int, value, low, high, then, otherwise);
        }
        let known = numbers(self.program, &subject.ty, low);
        let scalars = shape(self.program, &subject.ty);
        match (known.first(), scalars.first()) {
            (Some(number), Some(scalar)) => {
                let known = self.constant(*scalar, *number);
                self.builder.branch(Compare::Eq, value, known, then, otherwise);
            }
            _ => self.builder.jump(otherwise),
        }
    }
}
