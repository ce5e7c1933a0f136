//! Loops over headers that repeat: options in a header, extensions behind it.

use nbpfc_source::Code;
use nbpfc_syntax::ast::{self, ExprKind as Kind, Ident};

use crate::array::MAX_LOCAL;
use crate::body::{Context, Scope};
use crate::program::{Each, Expr, Header, StmtKind};
use crate::types::Type;

impl<'a> Scope<'_, 'a> {
    /// `for name in header.part { … }`
    pub(crate) fn each(
        &mut self,
        node: &'a ast::For,
        name: &'a Ident,
        base: &'a ast::Expr,
        part: &Ident,
    ) -> Option<StmtKind> {
        if let Kind::Name(module) = &base.kind
            && self.local(&module.name).is_none()
            && self.checker.module_named(self.source, &module.name).is_some()
        {
            let array = self.operand(&node.iterable, None);
            return self.items(node, name, array);
        }
        let base = self.operand(base, None);
        let Type::Header(header) = base.ty else {
            if let Type::Packet(hook) = base.ty {
                let array = self.of_packet(base, hook, part, node.iterable.span);
                return self.items(node, name, array);
            }
            if matches!(base.ty.place().unwrap_or(&base.ty), Type::Struct(_)) {
                let array = self.member(base, part, node.iterable.span);
                return self.items(node, name, array);
            }
            if !base.ty.is_bottom() {
                self.no_parts(&base, part);
            }
            return None;
        };
        self.checker.link();
        let data = &self.checker.program.headers[header];
        let found = data.fields.iter().position(|field| field.name == part.name);
        if found.is_some_and(|index| matches!(data.fields[index].ty, Type::Array(..))) {
            let array = self.member(base, part, node.iterable.span);
            return self.items(node, name, array);
        }
        let repeated = found.and_then(|index| match data.fields[index].ty {
            Type::Rest(Some(element)) => Some((index as u32, element)),
            _ => None,
        });
        let Some((field, element)) = repeated else {
            let message = format!("{} has no headers `{}` to go through", data.name, part.name);
            let error = self.error(Code::UnknownMember, part.span, message);
            self.report(error.help(
                "`for` goes through numbers `a..b`, and parts that a header declares as `[NAME]`",
            ));
            return None;
        };
        let follow = self.checker.program.followers(header).contains(&element);
        let headers = &self.checker.program.headers;
        let most =
            if follow { headers[element].repeats() } else { rounds(data, &headers[element]) };
        let limit = self.limit(node.limit.as_ref()).unwrap_or(most).min(most);
        let (local, body) = self.nested(|scope| {
            let local = scope.declare(name, Type::Header(element), false);
            scope.enter_loop(scope.held.now.clone());
            let (body, ty) = scope.block(&node.body, None);
            scope.leave_loop(&ty, node.body.span);
            (local, scope.no_value(body, &ty))
        });
        let each = Each { local, base, header, field, element, follow, limit, body };
        Some(StmtKind::Each(Box::new(each)))
    }

    /// `for name in array { … }`
    pub(crate) fn items(
        &mut self,
        node: &'a ast::For,
        name: &'a Ident,
        array: Expr,
    ) -> Option<StmtKind> {
        let array = if array.ty.place().is_some() { Self::deref(array) } else { array };
        let Type::Array(element, count) = array.ty.clone() else {
            if !array.ty.is_bottom() {
                let error = if let Type::Optional(_) = array.ty {
                    self.absent(&array, "may be absent, so it has no elements")
                } else {
                    let message =
                        format!("{} has nothing to go through", self.type_name(&array.ty));
                    let error = self.error(Code::TypeMismatch, array.span, message);
                    error.help("`for` goes through numbers `a..b`, arrays and parts of headers")
                };
                self.report(error);
            }
            return None;
        };
        if let Some(limit) = &node.limit {
            let message = "an array has as many elements as it has";
            let error = self.error(Code::WrongKind, limit.span, message);
            self.report(error.help("leave the limit out"));
        }
        if count > MAX_LOCAL && !matches!(self.context, Context::Function { .. }) {
            let message = format!("an array is gone through up to {MAX_LOCAL} elements");
            let error = self.error(Code::TargetLimit, array.span, message);
            self.report(error.help(format!("count: `for i in 0..{count} {{ … }}`")));
        }
        let (local, body) = self.nested(|scope| {
            let local = scope.declare(name, *element, false);
            scope.enter_loop(scope.held.now.clone());
            let (body, ty) = scope.block(&node.body, None);
            scope.leave_loop(&ty, node.body.span);
            (local, scope.no_value(body, &ty))
        });
        Some(StmtKind::Items { local, array, body })
    }

    fn no_parts(&mut self, base: &Expr, part: &Ident) {
        let why = format!("may be absent, so it has no `{}`", part.name);
        let error = if let Type::Optional(_) = base.ty {
            self.absent(base, &why)
        } else {
            let message = format!("{} has nothing to go through", self.type_name(&base.ty));
            let error = self.error(Code::TypeMismatch, base.span, message);
            error.help("`for` goes through numbers `a..b`, and parts of headers")
        };
        self.report(error);
    }
}

/// How many elements fit into the part of a header behind its fields.
fn rounds(header: &Header, element: &Header) -> u32 {
    let most = header.length.as_ref().map_or(header.fixed, |(_, _, high)| *high);
    most.saturating_sub(header.fixed) / element.fixed.max(1)
}
