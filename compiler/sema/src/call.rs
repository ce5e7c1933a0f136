//! Calls: functions, conversions, values of structs.

use nbpfc_kernel::Helper;
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, Arg, ExprKind as Kind, ItemKind};

use crate::body::{Context, GIVES_VERDICT, Scope, error, expr};
use crate::checker::{ItemRef, Resolved};
use crate::constant::{fold, number};
use crate::program::{Expr, ExprKind, FunctionId};
use crate::types::{HelperId, MapId, StructId, Type};

impl<'a> Scope<'_, 'a> {
    /// `callee(…)`
    pub(crate) fn call(&mut self, callee: &'a ast::Expr, args: &'a [Arg], span: Span) -> Expr {
        let Kind::Name(name) = &callee.kind else {
            if let Kind::Field(base, method) = &callee.kind {
                match self.of_module(base, method) {
                    Ok(Some(item)) => return self.call_item(item, method, args, span),
                    Ok(None) => {}
                    Err(()) => return error(span),
                }
                let base = self.inside(base, None);
                let base = if base.ty.is_held() { self.named(base) } else { Self::read(base) };
                if base.ty.is_bottom() {
                    return error(span);
                }
                if let Type::Map(map) = base.ty {
                    return self.map_call(map, None, method, args, span);
                }
                if let Type::MapIn(map) = base.ty {
                    return self.map_call(map, Some(base), method, args, span);
                }
                if base.ty.is_held() {
                    return self.held_call(&base, method, args, span);
                }
                if let Type::Packet(hook) = base.ty
                    && matches!(method.name.as_str(), "push" | "pop")
                {
                    return self.resize(hook, method, args, span);
                }
                if let Type::Bytes(_) | Type::Packet(_) = base.ty {
                    return self.bytes_call(base, method, args, span);
                }
                return self.no_operation(&base, method);
            }
            let error = self.error(Code::WrongKind, callee.span, "only functions can be called");
            return self.wrong(error.help("write the function's name in front of `(`"));
        };
        if let Some(ty) = Type::by_name(&name.name) {
            return self.conversion(ty, args, span);
        }
        if let Some(helper) = self.of_hook(&name.name) {
            return match self.map_named(args) {
                // `redirect(map, key)` is `map.redirect(key)`.
                Some(map) => self.map_call(map, None, name, &args[1..], span),
                None => self.call_helper(helper, args, span),
            };
        }
        let Some(item) = self.checker.lookup(self.source, &name.name) else {
            if name.name == "print" {
                return self.print(args, span);
            }
            if name.name == "words" {
                return self.words(args, span);
            }
            if name.name == "redirect" {
                return self.no_redirect(name);
            }
            if let Context::Function { hook: None, .. } = self.context
                && self.checker.hook_function(self.source, &name.name).is_some()
            {
                return match self.checker.hook_helper(self.source, &name.name) {
                    Some(helper) => self.call_helper(helper, args, span),
                    None => self.no_redirect(name),
                };
            }
            if let Some(hook) = self.hook()
                && self.checker.hook_function(self.source, &name.name).is_some()
            {
                let on = &self.checker.program.hooks[hook].name;
                let message = format!("programs on {on} do not call `{}`", name.name);
                let error = self.error(Code::NotOnTarget, name.span, message);
                let hooks = self.checker.hooks_with(self.source, &name.name).join(", ");
                return self.wrong(error.help(format!("programs on {hooks} do")));
            }
            let is = |kind: &ItemKind| {
                matches!(kind, ItemKind::Fn(_) | ItemKind::ExternFn(_) | ItemKind::Struct(_))
            };
            let names = self.checker.names(self.source, is);
            let short = name.name.strip_prefix("bpf_").unwrap_or(&name.name);
            if let Some(helper) = Helper::by_name(short) {
                let message = format!("there is no function `{}`", name.name);
                let error = self.error(Code::UnknownName, name.span, message);
                return self.wrong(
                    error.note(format!("the kernel has a helper `{}`", helper.name)).help(
                        "one that takes numbers alone gets a name: `extern fn NAME(…) -> u64 from \"HELPER\";`",
                    ),
                );
            }
            self.checker.unknown(self.source, name, "function", names);
            return error(span);
        };
        self.call_item(item, name, args, span)
    }

    fn no_operation(&mut self, base: &Expr, method: &ast::Ident) -> Expr {
        let name = &method.name;
        if let Type::Optional(_) = base.ty {
            let error = self.absent(base, &format!("may be absent, so it has no `{name}`"));
            return self.wrong(error);
        }
        let message = format!("{} has no operation `{name}`", self.type_name(&base.ty));
        let error = self.error(Code::UnknownMember, method.span, message);
        self.wrong(error.help(format!(
            "packets, bytes, maps, and what a program holds have; a function is called as `{name}(value)`"
        )))
    }

    fn call_item(&mut self, item: ItemRef, name: &ast::Ident, args: &'a [Arg], span: Span) -> Expr {
        if let ItemKind::Header(_) = self.checker.item(item) {
            let message = "a header is built where it is put into a packet";
            let error = self.error(Code::WrongKind, span, message);
            return self.wrong(error.help(format!("write `pkt.push({}(…))`", name.name)));
        }
        if let ItemKind::Program(_) = self.checker.item(item) {
            let message = format!("`{}` is a program, which only the kernel calls", name.name);
            let error = self.error(Code::WrongKind, name.span, message);
            return self.wrong(error.help(
                "make a function of what they share; or go on in it: `m.tail_call(n)`, of a `prog_array`",
            ));
        }
        if let ItemKind::Fn(node) = self.checker.item(item)
            && self.checker.is_generic(item.source, node)
        {
            return self.call_generic(item, node, args, span);
        }
        match self.checker.resolved(item) {
            Some(Resolved::Function(id)) => self.call_function(id, args, span),
            Some(Resolved::Helper(id)) => self.call_helper(id, args, span),
            Some(Resolved::Struct(id)) => self.struct_value(id, args, span),
            Some(Resolved::Enum(id)) => self.conversion(Type::Enum(id), args, span),
            Some(_) => {
                let message = format!("`{}` cannot be called", name.name);
                let error = self.error(Code::WrongKind, name.span, message);
                self.wrong(error.help("only functions, types and structs can"))
            }
            None => error(span),
        }
    }

    /// `u16(value)`
    fn conversion(&mut self, ty: Type, args: &'a [Arg], span: Span) -> Expr {
        if matches!(ty, Type::Ipv4Prefix | Type::Ipv6Prefix) {
            return self.prefix_value(ty, args, span);
        }
        let [Arg { name: None, value }] = args else {
            let message = format!("`{}(…)` converts one value", self.type_name(&ty));
            let error = self.error(Code::WrongArguments, span, message);
            return self.wrong(error.help("write one value between the parentheses"));
        };
        let value = self.operand(value, None);
        let converts = match (&value.ty, &ty) {
            (Type::Error, _) => return error(span),
            (a, b) if a == b => return value,
            (Type::Int(_) | Type::Bool | Type::Ipv4Addr | Type::Enum(_), Type::Int(_))
            | (Type::Int(_), Type::Ipv4Addr | Type::Enum(_)) => true,
            (Type::MacAddr, Type::Int(int)) => int.bits >= 48,
            _ => false,
        };
        if converts {
            return Self::convert(value, ty).at(span);
        }
        if let Type::Optional(_) = value.ty {
            let error = self.absent(&value, "may be absent, so it cannot be converted");
            return self.wrong(error);
        }
        let (from, to) = (self.type_name(&value.ty), self.type_name(&ty));
        let message = format!("{from} does not convert to {to}");
        let error = self.error(Code::TypeMismatch, span, message);
        let error = error.related(value.span, format!("this is {from}"));
        self.wrong(match ty {
            Type::Bool => error.help("compare: `… != 0`"),
            _ => error.help(
                "numbers, addresses of up to 64 bits, enums and truth values convert to numbers",
            ),
        })
    }

    /// `ipv4prefix(address, length)`
    fn prefix_value(&mut self, ty: Type, args: &'a [Arg], span: Span) -> Expr {
        let (address, bits) = match ty {
            Type::Ipv4Prefix => (Type::Ipv4Addr, 32),
            _ => (Type::Ipv6Addr, 128),
        };
        let name = self.type_name(&ty);
        let params =
            [("address".to_owned(), address, None), ("length".to_owned(), Type::U32, None)];
        let Some(mut values) = self.arguments(&name, &params, args, span) else {
            return error(span);
        };
        let (Some(length), Some(address)) = (values.pop(), values.pop()) else {
            return error(span);
        };
        if number(&length).is_some_and(|length| length > bits) {
            let message = format!("a prefix of this address has at most {bits} bits");
            let error = self.error(Code::BadValue, length.span, message);
            return self.wrong(error.help("say how many of its bits count"));
        }
        Self::prefix(address, length, ty, span)
    }

    fn call_function(&mut self, id: FunctionId, args: &'a [Arg], span: Span) -> Expr {
        let function = &self.checker.program.functions[id];
        let name = function.name.clone();
        let params: Vec<_> = function
            .params
            .iter()
            .zip(&function.defaults)
            .map(|(local, default)| {
                let local = &function.body.locals[*local];
                (local.name.clone(), local.ty.clone(), default.clone())
            })
            .collect();
        match self.arguments(&name, &params, args, span) {
            Some(args) => self.called(id, args, span),
            None => error(span),
        }
    }

    fn call_helper(&mut self, id: HelperId, args: &'a [Arg], span: Span) -> Expr {
        let helper = &self.checker.program.helpers[id];
        let (name, row, result) = (helper.name.clone(), helper.row, helper.result.clone());
        let params = helper.params.clone();
        self.available(row, &name, span);
        match self.arguments(&name, &params, args, span) {
            Some(args) => expr(ExprKind::Ask(id, args), result, span),
            None => error(span),
        }
    }

    /// What the hook of the program has under a name.
    fn of_hook(&self, name: &str) -> Option<HelperId> {
        let hook = self.hook()?;
        let program = &self.checker.program;
        let functions = program.hooks[hook].functions.iter();
        functions.copied().find(|id| program.helpers[*id].name == name)
    }

    /// The map that a call names first.
    fn map_named(&mut self, args: &'a [Arg]) -> Option<MapId> {
        let Kind::Name(name) = &args.first()?.value.kind else { return None };
        if self.local(&name.name).is_some() {
            return None;
        }
        let item = self.checker.lookup(self.source, &name.name)?;
        match self.checker.item(item) {
            ItemKind::Map(_) => match self.checker.resolved(item) {
                Some(Resolved::Map(map)) => Some(map),
                _ => None,
            },
            _ => None,
        }
    }

    fn no_redirect(&mut self, name: &ast::Ident) -> Expr {
        let (message, help) = match self.hook() {
            Some(hook) => (
                format!("programs on {} do not redirect", self.checker.program.hooks[hook].name),
                "programs on xdp, tc.ingress, tc.egress and lwt.xmit do",
            ),
            None if self.context == Context::Constant => (
                format!(
                    "`{}` is called by the running program, and this is known before",
                    name.name
                ),
                "name a verdict here, and let the program end with `redirect(…)`",
            ),
            None => (format!("`{}` gives a verdict, and this has none", name.name), GIVES_VERDICT),
        };
        let error = self.error(Code::NotOnTarget, name.span, message);
        self.wrong(error.help(help))
    }

    fn struct_value(&mut self, id: StructId, args: &'a [Arg], span: Span) -> Expr {
        let data = &self.checker.program.structs[id];
        let name = data.name.clone();
        let params: Vec<_> = data
            .fields
            .iter()
            .map(|field| {
                let default =
                    field.default.clone().or_else(|| crate::value::Value::zero(&field.ty));
                (field.name.clone(), field.ty.clone(), default)
            })
            .collect();
        match self.arguments(&name, &params, args, span) {
            Some(fields) => fold(expr(ExprKind::Struct(fields), Type::Struct(id), span)),
            None => error(span),
        }
    }

    /// The arguments in the order of the parameters, by place or by name.
    pub(crate) fn arguments(
        &mut self,
        callee: &str,
        params: &[(String, Type, Option<crate::value::Value>)],
        args: &'a [Arg],
        span: Span,
    ) -> Option<Vec<Expr>> {
        let mut values: Vec<Option<Expr>> = params.iter().map(|_| None).collect();
        let (given, mut fine) = self.by_place(callee, params, args);
        for (index, arg) in given {
            let ty = &params[index].1;
            let value = self.operand(&arg.value, Some(ty));
            values[index] = Some(self.coerce(value, ty));
        }
        let mut missing = Vec::new();
        for (value, (name, ty, default)) in values.iter_mut().zip(params) {
            match default {
                Some(default) if value.is_none() => {
                    *value = Some(expr(ExprKind::Value(default.clone()), ty.clone(), span));
                }
                None if value.is_none() => missing.push(format!("`{name}`")),
                _ => {}
            }
        }
        if fine && !missing.is_empty() {
            let message = format!("`{callee}` needs {}", missing.join(", "));
            let error = self.error(Code::WrongArguments, span, message);
            self.report(error.help(format!("write `{callee}({})`", names(params))));
            fine = false;
        }
        let values: Option<Vec<_>> = values.into_iter().collect();
        values.filter(|values| fine && values.iter().all(|value| value.ty != Type::Error))
    }

    /// The arguments with the number of the parameter that each is for, as they are written, and whether
    /// there are no others.
    pub(crate) fn by_place(
        &mut self,
        callee: &str,
        params: &[(String, Type, Option<crate::value::Value>)],
        args: &'a [Arg],
    ) -> (Vec<(usize, &'a Arg)>, bool) {
        let mut given: Vec<(usize, &'a Arg)> = Vec::new();
        let mut fine = true;
        for (place, arg) in args.iter().enumerate() {
            let index = match &arg.name {
                None => Some(place).filter(|place| *place < params.len()),
                Some(name) => params.iter().position(|(param, ..)| *param == name.name),
            };
            if let Some(index) = index.filter(|i| given.iter().all(|(other, _)| other != i)) {
                given.push((index, arg));
            } else {
                self.bad_argument(callee, params, arg, index.is_some());
                self.expr(&arg.value, None);
                fine = false;
            }
        }
        (given, fine)
    }

    fn bad_argument(
        &mut self,
        callee: &str,
        params: &[(String, Type, Option<crate::value::Value>)],
        arg: &Arg,
        again: bool,
    ) {
        let (message, span) = match &arg.name {
            Some(name) if again => (format!("`{}` is given twice", name.name), name.span),
            Some(name) => (format!("`{callee}` has no `{}`", name.name), name.span),
            None => {
                let count = params.len();
                (format!("`{callee}` takes {count} values, and this is one more"), arg.value.span)
            }
        };
        let error = self.error(Code::WrongArguments, span, message);
        self.report(error.help(format!("write `{callee}({})`", names(params))));
    }
}

fn names(params: &[(String, Type, Option<crate::value::Value>)]) -> String {
    params.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>().join(", ")
}
