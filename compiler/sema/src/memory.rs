//! Memory that other programs see: elements of maps, global variables; what is done with them.

use nbpfc_kernel::{MapKind, Version};
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, Arg, AssignOp, Ident};

use crate::body::{Context, Scope, error, expr};
use crate::checker::{ItemRef, Resolved};
use crate::operator::binary_op;
use crate::program::{Atomic, AtomicOp, Expr, ExprKind, StmtKind};
use crate::types::{MapId, Type};

/// The first kernel whose programs do more at once than add.
const FETCH_SINCE: Version = Version::new(5, 12);

impl<'a> Scope<'_, 'a> {
    /// A map or a global variable.
    pub(crate) fn shared(&mut self, item: ItemRef, span: Span) -> Expr {
        if matches!(self.context, Context::Constant | Context::Header(_)) {
            let message = "only the running program has this";
            let error = self.error(Code::NotConstant, span, message);
            return self.wrong(error.help("use literals, `const`s and arithmetic on them"));
        }
        match self.checker.resolved(item) {
            Some(Resolved::Map(map)) => expr(ExprKind::Map(map), Type::Map(map), span),
            Some(Resolved::Var(var)) => {
                let data = &self.checker.program.vars[var];
                let (ty, constant) = (data.ty.clone(), data.constant);
                let place = expr(ExprKind::Var(var), Type::Ref(Box::new(ty)), span);
                if constant { Self::deref(place) } else { place }
            }
            _ => error(span),
        }
    }

    /// What lies at a place, where it is a place of something that is used as a whole.
    pub(crate) fn read(value: Expr) -> Expr {
        match &value.ty {
            Type::Ref(inner) if !matches!(**inner, Type::Struct(_)) => Self::deref(value),
            _ => value,
        }
    }

    /// What lies at a place.
    pub(crate) fn deref(place: Expr) -> Expr {
        let Type::Ref(inner) = &place.ty else { return place };
        let (ty, span) = ((**inner).clone(), place.span);
        expr(ExprKind::Deref(Box::new(place)), ty, span)
    }

    /// `map[key]`
    pub(crate) fn index(&mut self, base: &'a ast::Expr, index: &'a ast::Expr, span: Span) -> Expr {
        let base = self.operand(base, None);
        let Type::Map(map) = base.ty else {
            if base.ty == Type::Error {
                return base;
            }
            if let Type::Bytes(_) | Type::Packet(_) = base.ty {
                return self.slice(base, index, span);
            }
            return self.not_yet(span, "`[…]` behind what is not a map");
        };
        if let Some(error) = self.no_elements(map, span) {
            return error;
        }
        match self.key(map, index) {
            Some(key) => self.element(ExprKind::Element(map, Box::new(key)), map, span),
            None => error(span),
        }
    }

    fn element(&self, kind: ExprKind, map: MapId, span: Span) -> Expr {
        let value = self.checker.program.maps[map].value.clone();
        expr(kind, Type::Optional(Box::new(Type::Ref(Box::new(value)))), span)
    }

    /// Reports a map whose elements have no keys.
    fn no_elements(&mut self, map: MapId, span: Span) -> Option<Expr> {
        let data = &self.checker.program.maps[map];
        if data.kind != MapKind::RingBuf {
            return None;
        }
        let message = format!("`{}` is a ring buffer: it has no elements", data.name);
        let error = self.error(Code::UnknownMember, span, message);
        let help = format!("`emit … to {};` puts an event into it", data.name);
        Some(self.wrong(error.help(help)))
    }

    /// A key to look for: in a trie, an address.
    fn key(&mut self, map: MapId, node: &'a ast::Expr) -> Option<Expr> {
        let want = match &self.checker.program.maps[map].key {
            Type::Ipv4Prefix => Type::Ipv4Addr,
            Type::Ipv6Prefix => Type::Ipv6Addr,
            other => other.clone(),
        };
        let key = self.operand(node, Some(&want));
        let key = self.coerce(key, &want);
        (key.ty != Type::Error).then_some(key)
    }

    /// `map.method(…)`
    pub(crate) fn map_call(
        &mut self,
        map: MapId,
        method: &Ident,
        args: &'a [Arg],
        span: Span,
    ) -> Expr {
        if let Some(error) = self.no_elements(map, method.span) {
            return error;
        }
        let data = &self.checker.program.maps[map];
        let (kind, value) = (data.kind, data.value.clone());
        let array = matches!(kind, MapKind::Array | MapKind::PerCpuArray);
        let trie = kind == MapKind::LpmTrie;
        let values: Vec<_> =
            args.iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value).collect();
        match (method.name.as_str(), values.as_slice()) {
            ("at", [key]) if !trie => {
                let Some(key) = self.key(map, key) else { return error(span) };
                let obtain = self.element(ExprKind::Obtain(map, Box::new(key)), map, span);
                self.leave_without(obtain, Type::Ref(Box::new(value)), span)
            }
            ("insert", [key, new]) if !trie => {
                let key = self.key(map, key);
                let new = self.operand(new, Some(&value));
                let new = self.coerce(new, &value);
                match key.filter(|_| new.ty != Type::Error) {
                    Some(key) => {
                        let kind = ExprKind::Insert(map, Box::new(key), Box::new(new));
                        expr(kind, Type::Bool, span)
                    }
                    None => error(span),
                }
            }
            ("delete", [key]) if !trie && !array => match self.key(map, key) {
                Some(key) => expr(ExprKind::Delete(map, Box::new(key)), Type::Bool, span),
                None => error(span),
            },
            ("at" | "insert" | "delete", _) if trie => {
                self.not_yet(method.span, "changing an `lpm_trie`")
            }
            ("delete", _) if array => {
                let message = "elements of an array are always there";
                let error = self.error(Code::UnknownMember, method.span, message);
                self.wrong(error.help("set it to zero"))
            }
            ("at" | "delete", _) => self.takes(method, "a key", span),
            ("insert", _) => self.takes(method, "a key and a value", span),
            _ => {
                let message = format!("a map has no `{}`", method.name);
                let error = self.error(Code::UnknownMember, method.span, message);
                self.wrong(error.help("it has `m[key]`, `at`, `insert` and `delete`"))
            }
        }
    }

    fn takes(&mut self, method: &Ident, what: &str, span: Span) -> Expr {
        let message = format!("`{}` takes {what}", method.name);
        let error = self.error(Code::WrongArguments, span, message);
        self.wrong(error.help("write them between the parentheses, without names"))
    }

    /// `place = value;`, `place += value;`
    pub(crate) fn store(
        &mut self,
        place: Expr,
        ty: &Type,
        op: AssignOp,
        value: Expr,
        span: Span,
    ) -> Option<StmtKind> {
        let AssignOp::Compute(op) = op else {
            let value = self.coerce(value, ty);
            return Some(StmtKind::Store(place, None, value));
        };
        if !matches!((ty, &value.ty), (Type::Int(_), Type::Int(_))) {
            let error = self.mismatch(&value, ty);
            self.report(error);
            return None;
        }
        let old = Self::deref(place.clone());
        let computed = self.compute(binary_op(op)?, old, value, span);
        let Type::Int(int) = computed.ty else { return None };
        match computed.kind {
            ExprKind::Binary(op, _, value) => Some(StmtKind::Store(place, Some((op, int)), *value)),
            _ => None,
        }
    }

    /// `atomic place op= value`
    pub(crate) fn atomic(
        &mut self,
        target: &'a ast::Expr,
        op: AssignOp,
        value: &'a ast::Expr,
        expected: Option<&'a ast::Expr>,
        span: Span,
    ) -> Expr {
        let target = self.expr(target, None);
        if target.ty.is_bottom() {
            return error(span);
        }
        let Type::Ref(inner) = &target.ty else {
            let message = "only what other programs see is changed atomically";
            let error = self.error(Code::WrongKind, target.span, message);
            return self.wrong(error.help("elements of maps and global variables are"));
        };
        let ty = (**inner).clone();
        if !matches!(&ty, Type::Int(int) if matches!(int.bits, 32 | 64)) {
            let name = self.type_name(&ty);
            let message = format!("{name} is not changed atomically");
            let error = self.error(Code::TypeMismatch, target.span, message);
            return self.wrong(error.help("numbers of 32 and 64 bits are"));
        }
        let value = self.operand(value, Some(&ty));
        let value = self.coerce(value, &ty);
        let expected = expected.map(|expected| {
            let expected = self.operand(expected, Some(&ty));
            self.coerce(expected, &ty)
        });
        let op = match (op, expected) {
            (AssignOp::Set, Some(expected)) => AtomicOp::CompareExchange(expected),
            (AssignOp::Set, None) => AtomicOp::Exchange,
            (AssignOp::Compute(ast::BinaryOp::Add), None) => AtomicOp::Add,
            (AssignOp::Compute(ast::BinaryOp::Sub), None) => AtomicOp::Sub,
            (AssignOp::Compute(ast::BinaryOp::BitAnd), None) => AtomicOp::And,
            (AssignOp::Compute(ast::BinaryOp::BitOr), None) => AtomicOp::Or,
            (AssignOp::Compute(ast::BinaryOp::BitXor), None) => AtomicOp::Xor,
            _ => {
                let error = self.error(Code::WrongKind, span, "this is not done atomically");
                return self.wrong(
                    error.help("`=`, `+=`, `-=`, `&=`, `|=`, `^=` are, and `= value if expected`"),
                );
            }
        };
        let atomic = Atomic { target, op, value, fetch: true };
        expr(ExprKind::Atomic(Box::new(atomic)), ty, span)
    }

    /// Reports an atomic change that the target does not have.
    pub(crate) fn check_atomic(&mut self, value: &Expr) {
        let ExprKind::Atomic(atomic) = &value.kind else { return };
        let adds = matches!(atomic.op, AtomicOp::Add | AtomicOp::Sub) && !atomic.fetch;
        let kernel = self.checker.options.kernel;
        if adds || kernel >= FETCH_SINCE {
            return;
        }
        let message = format!("this needs Linux {FETCH_SINCE}, and the target is {kernel}");
        let error = self.error(Code::NotOnTarget, value.span, message);
        self.report(error.help(format!(
            "compile with `--kernel {FETCH_SINCE}`; `+=` and `-=` whose value is not used are older"
        )));
    }

    /// `emit value to map;`
    pub(crate) fn emit(&mut self, value: &'a ast::Expr, map: &'a ast::Expr) -> Option<StmtKind> {
        let map = self.operand(map, None);
        let Type::Map(id) = map.ty else {
            if map.ty != Type::Error {
                let message = format!("{} takes no events", self.type_name(&map.ty));
                let error = self.error(Code::WrongKind, map.span, message);
                self.report(error.help("`map events: ringbuf<Event>(256KiB);` does"));
            }
            return None;
        };
        let data = &self.checker.program.maps[id];
        if data.kind != MapKind::RingBuf {
            let message = format!("map `{}` takes no events", data.name);
            let error = self.error(Code::WrongKind, map.span, message);
            self.report(error.help("`map events: ringbuf<Event>(256KiB);` does"));
            return None;
        }
        let want = data.value.clone();
        let value = self.operand(value, Some(&want));
        let value = self.coerce(value, &want);
        (value.ty != Type::Error).then_some(StmtKind::Emit(id, value))
    }
}
