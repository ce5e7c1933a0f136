//! Expressions as scalars.

use nbpfc_ir::{Block, UnaryOp, Width};
use nbpfc_sema::{Expr, ExprKind, FunctionId, Int, Type};
use nbpfc_source::{Code, Diagnostic};

use crate::lowering::{Exit, Frame, Lowering, Parts};
use crate::number::scalar;
use crate::shape::{fields_before, numbers, shape};

/// How deep calls may nest: each is code of its own.
const MAX_DEPTH: u32 = 32;

impl<'p> Lowering<'p> {
    /// The scalars of an expression's value. Where control does not come out of it, the current
    /// block has its end.
    pub(crate) fn expr(&mut self, expr: &'p Expr) -> Parts {
        self.place(expr.span);
        match &expr.kind {
            ExprKind::Value(value) => {
                let scalars = shape(self.program, &expr.ty);
                let numbers = numbers(self.program, &expr.ty, value);
                scalars.into_iter().zip(numbers).map(|(s, n)| self.constant(s, n)).collect()
            }
            ExprKind::Local(local) if self.frame.places.contains_key(local) => {
                self.frame.places[local].clone()
            }
            ExprKind::Local(local) => {
                let variables = self.local(*local);
                self.get(&variables)
            }
            ExprKind::This => match self.this {
                Some(offset) => vec![offset],
                None => self.zeros(&expr.ty),
            },
            ExprKind::Meta(field) => {
                let number = self.builder.meta(*field);
                // Of it the low bits may be all that is declared.
                vec![match expr.ty {
                    Type::Int(int) => self.convert(Int::U32, int, number),
                    _ => number,
                }]
            }
            ExprKind::OfContext(row) => self.of_context(row, &expr.ty),
            ExprKind::Inner(base) => self.expr(base),
            ExprKind::Field(base, header, index) => {
                let offset = self.expr(base)[0];
                self.open();
                self.is_value(&expr.ty, expr.span);
                self.field(offset, *header, *index)
            }
            ExprKind::Whole => vec![self.builder.const32(0)],
            ExprKind::Payload(base, carriers) => vec![self.payload(base, carriers)],
            ExprKind::Rest(base, header, field) => {
                let offset = self.expr(base)[0];
                self.open();
                vec![self.field_place(offset, *header, *field)]
            }
            ExprKind::Slice(base, from) => vec![self.slice(base, from)],
            ExprKind::Length(bytes) => vec![self.length(bytes)],
            ExprKind::Operate(map, number, args) => self.operate(*map, *number, args, expr),
            // `?` is always around it, see `Lowering::optional`.
            ExprKind::Obtain(..) => self.zeros(&expr.ty),
            ExprKind::GiveBack(local, fate) => {
                self.give_back(*local, *fate);
                Vec::new()
            }
            ExprKind::OfSocket(base, row) => self.of_socket(base, row, &expr.ty),
            ExprKind::Print(text, numbers) => {
                self.print(text, numbers, expr.span);
                Vec::new()
            }
            ExprKind::Map(_) => Vec::new(),
            ExprKind::Var(var) => vec![self.global(*var)],
            ExprKind::Part(..) | ExprKind::At(..) => vec![self.part(expr)],
            ExprKind::Words(value) => self.words(value),
            ExprKind::Pick(..) if matches!(expr.ty, Type::Optional(_)) => self.materialise(expr),
            ExprKind::Pick(array, index) => self.pick(array, index, None),
            ExprKind::Deref(place) => self.deref(place),
            ExprKind::Atomic(atomic) => self.atomic(atomic),
            ExprKind::Member(array, index) if let Some(of) = Self::array_in_packet(array) => {
                let at = self.builder.const32(*index);
                self.element_in_packet(of, &expr.ty, at)
            }
            ExprKind::Member(base, index) => {
                let parts = self.expr(base);
                let start = fields_before(self.program, &base.ty, *index);
                let count = shape(self.program, &expr.ty).len();
                parts.get(start..start + count).unwrap_or_default().to_vec()
            }
            ExprKind::Struct(fields) => {
                let mut parts = Vec::new();
                for field in fields {
                    parts.extend(self.expr(field));
                    self.open();
                }
                parts
            }
            ExprKind::Try(inner) => self.try_expr(inner),
            ExprKind::Find(..) | ExprKind::NumberAt(..) => self.materialise(expr),
            ExprKind::Present(inner) => {
                let parts = self.expr(inner);
                let one = self.builder.const32(1);
                [one].into_iter().chain(parts).collect()
            }
            ExprKind::Negate(a) => self.unary(a, UnaryOp::Neg),
            ExprKind::Complement(a) => {
                let (a, ones) = (self.expr(a)[0], u64::MAX);
                let ty = self.builder.ty(a);
                let ones = self.constant(ty, ones & ty.mask());
                vec![self.builder.binary(nbpfc_ir::BinaryOp::Xor, a, ones)]
            }
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.expr(a), self.expr(b));
                self.open();
                let Type::Int(int) = expr.ty else { return self.zeros(&expr.ty) };
                vec![self.arithmetic(*op, int, a[0], b[0])]
            }
            ExprKind::Convert(inner) => self.conversion(inner, &expr.ty),
            ExprKind::Compare(..)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Not(_)
            | ExprKind::In(..)
            | ExprKind::Between(..)
            | ExprKind::BeginsWith(..)
            | ExprKind::Matches(..) => {
                self.truth(|lowering, yes, no| lowering.branch(expr, yes, no))
            }
            ExprKind::If(condition, then, otherwise) => {
                self.if_expr(condition, then, otherwise.as_ref(), &expr.ty)
            }
            ExprKind::Match(subject, arms) => self.match_expr(subject, arms, &expr.ty),
            ExprKind::Block(block) => self.block(block),
            ExprKind::Ask(helper, args) => self.ask(*helper, args, expr),
            ExprKind::Push(push) => self.or_leave(|lowering| lowering.push(push)),
            ExprKind::Pop(pop) => self.or_leave(|lowering| lowering.pop(pop)),
            ExprKind::Call(function, args) => self.call(*function, args, expr, None),
        }
    }

    /// Whether a helper says that all went well.
    pub(crate) fn is_zero(&mut self, answer: nbpfc_ir::Value) -> Parts {
        self.truth(|lowering, yes, no| {
            let zero = lowering.builder.const64(0);
            lowering.builder.branch(nbpfc_ir::Compare::Eq, answer, zero, yes, no);
        })
    }

    fn unary(&mut self, operand: &'p Expr, op: UnaryOp) -> Parts {
        let a = self.expr(operand);
        self.open();
        vec![self.builder.unary(op, a[0])]
    }

    /// An optional value with whether it is there.
    pub(crate) fn materialise(&mut self, expr: &'p Expr) -> Parts {
        let result = self.variables(&expr.ty);
        let [absent, done] = [self.builder.block(), self.builder.block()];
        let zeros = self.zeros(&expr.ty);
        self.set(&result, &zeros);
        let parts = self.optional(expr, absent);
        let one = self.builder.const32(1);
        let parts: Parts = [one].into_iter().chain(parts).collect();
        self.set(&result, &parts);
        self.builder.jump(done);
        self.builder.enter(absent);
        self.builder.jump(done);
        self.builder.enter(done);
        self.get(&result)
    }

    fn try_expr(&mut self, inner: &'p Expr) -> Parts {
        if matches!(self.frame.exit, Exit::Program) {
            return self.optional(inner, self.otherwise);
        }
        let [absent, go_on] = [self.builder.block(), self.builder.block()];
        let parts = self.optional(inner, absent);
        self.builder.jump(go_on);
        self.leave_without(absent);
        self.builder.enter(go_on);
        parts
    }

    /// Does what leaves the program by its verdict of `otherwise` where it fails; a function it leaves as
    /// `?` does.
    fn or_leave(&mut self, f: impl FnOnce(&mut Self)) -> Parts {
        if matches!(self.frame.exit, Exit::Program) {
            f(self);
            return Vec::new();
        }
        let [failed, go_on] = [self.builder.block(), self.builder.block()];
        let outside = std::mem::replace(&mut self.otherwise, failed);
        f(self);
        self.otherwise = outside;
        self.jump(go_on);
        self.leave_without(failed);
        self.builder.enter(go_on);
        Vec::new()
    }

    /// In this block a function is left without a value.
    fn leave_without(&mut self, block: Block) {
        self.builder.enter(block);
        self.release_from(self.frame.held);
        match self.frame.exit.clone() {
            Exit::Decided(.., none) => self.builder.jump(none),
            Exit::Function(result, exit) => {
                let zero = self.builder.const32(0);
                if let Some(present) = result.first() {
                    self.builder.set(*present, zero);
                }
                self.builder.jump(exit);
            }
            Exit::Program => self.builder.jump(self.otherwise),
        }
    }

    fn conversion(&mut self, inner: &'p Expr, to: &Type) -> Parts {
        let parts = self.expr(inner);
        self.open();
        let (value, from) = match (&inner.ty, parts[0]) {
            (Type::Int(from), value) => (value, *from),
            (Type::Enum(id), value) => (value, self.program.enums[*id].repr),
            (Type::Bool, value) => (value, Int { bits: 1, signed: false }),
            (Type::Ipv4Addr, value) => (self.swap(Width::W4, value), Int::U32),
            (Type::MacAddr, value) => {
                let number = self.swap(Width::W8, value);
                let count = self.builder.const64(16);
                let number = self.builder.binary(nbpfc_ir::BinaryOp::Shr, number, count);
                (number, Int { bits: 48, signed: false })
            }
            _ => return self.zeros(to),
        };
        match to {
            Type::Int(to) => vec![self.convert(from, *to, value)],
            Type::Enum(id) => vec![self.convert(from, self.program.enums[*id].repr, value)],
            Type::Ipv4Addr => {
                let number = self.convert(from, Int::U32, value);
                vec![self.swap(Width::W4, number)]
            }
            _ => self.zeros(to),
        }
    }

    /// A function's code, where it is called. One that gives a socket goes on to `absent` without one.
    pub(crate) fn call(
        &mut self,
        id: FunctionId,
        args: &'p [Expr],
        expr: &Expr,
        absent: Option<Block>,
    ) -> Parts {
        if self.depth == MAX_DEPTH {
            let message = format!("calls nest deeper than {MAX_DEPTH} here");
            let error = Diagnostic::error(Code::TargetLimit, message, self.file, expr.span);
            self.report(error.help("call fewer functions from functions"));
            return self.zeros(&expr.ty);
        }
        if self.is_too_long(expr.span) {
            return self.zeros(&expr.ty);
        }
        let mut values = Vec::new();
        for arg in args {
            values.push(self.expr(arg));
            self.open();
        }
        let outside = self.in_scope.len();
        let function = &self.program.functions[id];
        let exit = self.builder.block();
        let params = self.frame.origins.arguments(self.program, id, args);
        let (result, leave) = if let Some(absent) = absent {
            let result = self.variables(&Type::Socket);
            (result.clone(), Exit::Decided(result, exit, absent))
        } else {
            let result = self.variables(&function.result);
            (result.clone(), Exit::Function(result, exit))
        };
        let frame =
            Frame::new((self.program, self.graph), &function.body, &params, leave, self.held.len());
        let held = self.held.clone();
        let caller = std::mem::replace(&mut self.frame, frame);
        // A function of another module has places of another file.
        let span = self.builder.span();
        for (param, value) in function.params.iter().zip(&values) {
            if function.body.locals[*param].ty.is_held() {
                // Whoever calls holds it.
                self.frame.places.insert(*param, value.clone());
            } else {
                self.assign_local(*param, value);
            }
        }
        let outer = (self.file, self.foreign, self.used, self.called);
        self.called = self.called.or(Some((self.file, expr.span)));
        if function.file != self.file {
            self.used = self.used.or(Some((self.file, expr.span)));
            (self.file, self.foreign) = (function.file, true);
        }
        self.depth += 1;
        self.chain.push(&function.name);
        self.apart(|lowering| {
            let parts = lowering.block(&function.body.block);
            if !lowering.builder.is_terminated() {
                lowering.set(&result, &parts);
                lowering.builder.jump(exit);
            }
        });
        self.depth -= 1;
        self.chain.pop();
        (self.file, self.foreign, self.used, self.called) = outer;
        self.frame = caller;
        self.in_scope.truncate(outside);
        self.now_held(held);
        self.builder.enter(exit);
        self.builder.set_span(span);
        self.get(&result)
    }

    /// The scalar of a number's type, for loops that count.
    pub(crate) fn counter(&mut self, int: Int, number: u64) -> nbpfc_ir::Value {
        self.constant(scalar(int), number)
    }
}
