//! Names as values: variables, verdicts, fields of the header that is declared, constants.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, ExprKind as Kind, Ident, ItemKind};

use crate::body::{Context, Scope, error, expr};
use crate::checker::{ItemRef, Resolved};
use crate::program::{Expr, ExprKind};
use crate::types::{EnumId, HookId, Type};
use crate::value::Value;

impl<'a> Scope<'_, 'a> {
    /// What a name stands for.
    pub(crate) fn name(&mut self, name: &'a Ident, want: Option<&Type>, span: Span) -> Expr {
        if let Some(local) = self.local(&name.name) {
            if !self.check_held(local, span) {
                return error(span);
            }
            let ty = self.body.locals[local].ty.clone();
            return expr(ExprKind::Local(local), ty, span);
        }
        if let Some(Type::Verdict(hook)) = want
            && let Some(verdict) = self.verdict(*hook, &name.name, span)
        {
            return verdict;
        }
        if let Some(Type::Enum(id)) = want
            && let Some(number) = self.variant(*id, &name.name)
        {
            return expr(ExprKind::Value(Value::Enum(*id, number)), Type::Enum(*id), span);
        }
        if let Some(wanted @ Type::Optional(_)) = want
            && name.name == "none"
        {
            return expr(ExprKind::Value(Value::Absent), wanted.clone(), span);
        }
        if let Context::Header(header) = self.context {
            let this = expr(ExprKind::This, Type::Header(header), span);
            if name.name == "self" {
                return this;
            }
            if let Some(field) = self.header_field(this, header, name, span) {
                return field;
            }
        }
        // The wanted type's own: an optional one wants what is in it, too.
        if let Some(Type::Optional(inner)) = want {
            let inner = (**inner).clone();
            return self.name(name, Some(&inner), span);
        }
        if let Some(count) = self.checker.bound_count(self.source, &name.name) {
            return expr(ExprKind::Value(Value::Int(count.into())), Type::U32, span);
        }
        match self.checker.lookup(self.source, &name.name) {
            Some(item) => self.item_value(item, name, span),
            None => self.no_such_value(name, want),
        }
    }

    fn verdict(&self, hook: HookId, name: &str, span: Span) -> Option<Expr> {
        let verdicts = &self.checker.program.hooks[hook].verdicts;
        let (_, number) = verdicts.iter().find(|(verdict, _)| verdict == name)?;
        let value = Value::Int(i128::from(*number));
        Some(expr(ExprKind::Value(value), Type::Verdict(hook), span))
    }

    fn variant(&self, id: EnumId, name: &str) -> Option<i128> {
        let variants = &self.checker.program.enums[id].variants;
        variants.iter().find(|(variant, _)| variant == name).map(|(_, number)| *number)
    }

    fn item_value(&mut self, item: ItemRef, name: &Ident, span: Span) -> Expr {
        let what = match self.checker.item(item) {
            ItemKind::Const(_) => {
                return match self.checker.resolved(item) {
                    Some(Resolved::Const(ty, value)) => expr(ExprKind::Value(value), ty, span),
                    _ => error(span),
                };
            }
            ItemKind::Param(_) | ItemKind::Var(_) | ItemKind::Map(_) => {
                return self.shared(item, span);
            }
            ItemKind::Error => return error(span),
            ItemKind::Fn(_) | ItemKind::ExternFn(_) => "a function: call it with `(…)`",
            ItemKind::Struct(_) => "a struct: make one with `(…)`",
            ItemKind::Enum(_) => "an enum: name one of its variants behind a dot",
            ItemKind::Header(_) => "a protocol: find it in the packet, as in `pkt.tcp?`",
            ItemKind::Program(_) => "a program",
            _ => "a declaration",
        };
        let message = format!("`{}` is not a value here", name.name);
        let error = self.error(Code::WrongKind, span, message);
        self.wrong(error.label(format!("this is {what}")))
    }

    fn no_such_value(&mut self, name: &Ident, want: Option<&Type>) -> Expr {
        if name.name == "none" {
            let error = self.error(Code::UnknownName, name.span, "there is no value `none` here");
            let error = error.note("functions that give `T?` give it where they have no value");
            return self.wrong(error.help("whether a value is there `if let x = … { … }` asks"));
        }
        if let Some(hook) = self.hook().filter(|_| !matches!(want, Some(Type::Verdict(_))))
            && self.verdict(hook, &name.name, name.span).is_some()
        {
            let message = format!("`{}` is a verdict, and none is wanted here", name.name);
            let error = self.error(Code::UnknownName, name.span, message);
            let help =
                format!("a variable says that it has one: `let v: verdict = {};`", name.name);
            return self.wrong(error.help(help));
        }
        let mut names: Vec<_> = self.local_names().into_iter().map(str::to_owned).collect();
        let mut what = "value";
        match want {
            Some(Type::Verdict(hook)) => {
                what = "verdict";
                let verdicts = &self.checker.program.hooks[*hook].verdicts;
                names = verdicts.iter().map(|(name, _)| name.clone()).collect();
            }
            Some(Type::Enum(id)) => {
                let variants = &self.checker.program.enums[*id].variants;
                names.extend(variants.iter().map(|(name, _)| name.clone()));
            }
            _ => {
                let values = self.checker.names(self.source, |kind| {
                    matches!(
                        kind,
                        ItemKind::Const(_)
                            | ItemKind::Param(_)
                            | ItemKind::Var(_)
                            | ItemKind::Map(_)
                    )
                });
                names.extend(values.into_iter().map(str::to_owned));
            }
        }
        if let Context::Header(header) = self.context {
            let fields = &self.checker.program.headers[header].fields;
            names.extend(fields.iter().map(|field| field.name.clone()));
        }
        self.checker.unknown(self.source, name, what, names);
        error(name.span)
    }

    /// What `module.name` means, if the base is a module that is used as a whole; `Err` if that has no
    /// such thing, which was reported.
    pub(crate) fn of_module(
        &mut self,
        base: &'a ast::Expr,
        name: &Ident,
    ) -> Result<Option<ItemRef>, ()> {
        let Kind::Name(module) = &base.kind else { return Ok(None) };
        if self.local(&module.name).is_some() {
            return Ok(None);
        }
        self.checker.of_module(self.source, module, name)
    }

    /// The enum that an expression names.
    fn named_enum(&mut self, base: &'a ast::Expr) -> Option<ItemRef> {
        let item = match &base.kind {
            Kind::Name(name) if self.local(&name.name).is_none() => {
                self.checker.lookup(self.source, &name.name)?
            }
            Kind::Field(module, name) => match &module.kind {
                Kind::Name(module) if self.local(&module.name).is_none() => {
                    let module = self.checker.module_named(self.source, &module.name)?;
                    self.checker.in_module(module, &name.name)?
                }
                _ => return None,
            },
            _ => return None,
        };
        matches!(self.checker.item(item), ItemKind::Enum(_)).then_some(item)
    }

    /// `base.name`: a variant, or a part of a value.
    pub(crate) fn dotted(&mut self, base: &'a ast::Expr, name: &'a Ident, span: Span) -> Expr {
        match self.of_module(base, name) {
            Ok(Some(item)) => return self.item_value(item, name, span),
            Ok(None) => {}
            Err(()) => return error(span),
        }
        if let Some(item) = self.named_enum(base) {
            let Some(Resolved::Enum(id)) = self.checker.resolved(item) else { return error(span) };
            if let Some(number) = self.variant(id, &name.name) {
                return expr(ExprKind::Value(Value::Enum(id, number)), Type::Enum(id), span);
            }
            let variants = &self.checker.program.enums[id].variants;
            let names: Vec<_> = variants.iter().map(|(name, _)| name.clone()).collect();
            self.checker.unknown(self.source, name, "variant", names);
            return error(span);
        }
        let (packet, module) = match &base.kind {
            Kind::Field(packet, module) if self.is_module_in(packet, module) => (packet, module),
            _ => {
                let base = self.operand(base, None);
                return self.member(base, name, span);
            }
        };
        let packet = self.operand(packet, None);
        if !self.finds_headers(&packet.ty, &module.name) {
            let base = self.member(packet, module, base.span);
            return self.member(base, name, span);
        }
        match self.checker.of_module(self.source, module, name) {
            Ok(Some(item)) => self.find(packet, item, name, span),
            _ => error(span),
        }
    }

    /// Whether `packet.module` may be where a packet's headers of a module are found.
    fn is_module_in(&self, packet: &ast::Expr, module: &Ident) -> bool {
        !matches!(&packet.kind, Kind::Name(name) if self.local(&name.name).is_none())
            && self.checker.module_named(self.source, &module.name).is_some()
            && self.checker.lookup_header(self.source, &module.name).is_none()
    }
}
