//! What stands behind a dot: headers of packets, fields of headers and structs.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{Ident, ItemKind};

use crate::body::{Scope, error, expr};
use crate::checker::{ItemRef, Resolved};
use crate::constant::fold;
use crate::program::{Expr, ExprKind};
use crate::types::{HeaderId, HookId, StructId, Type};
use crate::value::Value;
use nbpfc_kernel::Known;
use nbpfc_source::nearest;

/// What a packet carries.
const PAYLOAD: &str = "payload";

impl Scope<'_, '_> {
    /// `base.name`, where the base is a value.
    pub(crate) fn member(&mut self, base: Expr, name: &Ident, span: Span) -> Expr {
        match base.ty.clone() {
            Type::Error | Type::Never => error(span),
            Type::Packet(hook) => self.of_packet(base, hook, name, span),
            Type::Inner(_) => self.find_named(base, name, span),
            Type::Bytes(_) => self.of_bytes(base, name, span),
            Type::Header(header) => self.of_header(base, header, name, span),
            Type::Struct(id) => self.of_struct(base, id, name, span),
            Type::Ref(inner) | Type::Record(inner) if matches!(*inner, Type::Struct(_)) => {
                let Type::Struct(id) = *inner else { return error(span) };
                self.of_struct(base, id, name, span)
            }
            Type::Socket => {
                let base = self.named(base);
                self.of_socket(base, name, span)
            }
            Type::Ref(inner) | Type::Record(inner) if let Type::Array(_, count) = *inner => {
                self.of_array(count, name, span)
            }
            Type::Array(_, count) => self.of_array(count, name, span),
            Type::Optional(_) => {
                let why = format!("may be absent, so it has no `{}`", name.name);
                let error = self.absent(&base, &why);
                self.wrong(error)
            }
            ty => {
                let message = format!("{} has no parts", self.type_name(&ty));
                let error = self.error(Code::UnknownMember, name.span, message);
                self.wrong(error.help("only packets, headers and structs have"))
            }
        }
    }

    fn of_array(&mut self, count: u32, name: &Ident, span: Span) -> Expr {
        if name.name == "len" {
            return expr(ExprKind::Value(Value::Int(count.into())), Type::U32, span);
        }
        let message = format!("an array has no `{}`", name.name);
        let error = self.error(Code::UnknownMember, name.span, message);
        self.wrong(error.help("it has `len`, and elements `a[i]`"))
    }

    pub(crate) fn of_packet(&mut self, base: Expr, hook: HookId, name: &Ident, span: Span) -> Expr {
        let fields = &self.checker.program.hooks[hook].fields;
        if let Some(field) = fields.iter().find(|field| field.name == name.name) {
            // It was reported where it is declared.
            if field.ty == Type::Error {
                return error(span);
            }
            let kind = match field.row {
                Known::Field(field) => ExprKind::Meta(field),
                Known::Member(row) => ExprKind::OfContext(row),
            };
            return expr(kind, field.ty.clone(), span);
        }
        if name.name == PAYLOAD {
            return self.payload(base, span);
        }
        self.find_named(base, name, span)
    }

    /// Whether a type has headers behind a dot, and nothing else by this name.
    pub(crate) fn finds_headers(&self, ty: &Type, name: &str) -> bool {
        match ty {
            Type::Packet(hook) => {
                let fields = &self.checker.program.hooks[*hook].fields;
                name != PAYLOAD && !fields.iter().any(|field| field.name == name)
            }
            Type::Inner(_) => true,
            _ => false,
        }
    }

    /// The first header of a protocol, in a packet or behind a header.
    fn find_named(&mut self, base: Expr, name: &Ident, span: Span) -> Expr {
        let Some(item) = self.checker.lookup_header(self.source, &name.name) else {
            let mut names =
                self.checker.names(self.source, |kind| matches!(kind, ItemKind::Header(_)));
            if let Type::Packet(hook) = base.ty {
                let fields = &self.checker.program.hooks[hook].fields;
                let fields: Vec<_> = fields.iter().map(|field| field.name.clone()).collect();
                let hooks = self.checker.hooks_that_know(&name.name);
                if !hooks.is_empty() {
                    let hook = &self.checker.program.hooks[hook].name;
                    let message = format!("packets have no `{}` on {hook}", name.name);
                    let error = self.error(Code::UnknownMember, name.span, message);
                    return self.wrong(error.help(format!("they do on {}", hooks.join(", "))));
                }
                let near = nearest(&name.name, fields.iter().map(String::as_str).chain(names));
                let near = near.map(str::to_owned);
                return self.no_member(name, "a packet", near);
            }
            let near = nearest(&name.name, names.drain(..)).map(str::to_owned);
            return self.no_member(name, &self.type_name(&base.ty), near);
        };
        self.find(base, item, name, span)
    }

    /// As [`Scope::find_named`], of a header that is known.
    pub(crate) fn find(&mut self, base: Expr, item: ItemRef, name: &Ident, span: Span) -> Expr {
        if !matches!(self.checker.item(item), ItemKind::Header(_)) {
            let message = format!("`{}` is no header", name.name);
            let error = self.error(Code::WrongKind, name.span, message);
            return self.wrong(error.help("behind a packet's dot stand the names of protocols"));
        }
        let Some(Resolved::Header(header)) = self.checker.resolved(item) else {
            return error(span);
        };
        self.checker.link();
        let start = match base.ty {
            Type::Packet(hook) => self.checker.program.hooks[hook].packet.into_iter().collect(),
            Type::Inner(outer) => self.checker.program.followers(outer),
            _ => Vec::new(),
        };
        if !start.iter().any(|start| self.checker.program.leads_to(*start, header)) {
            let message = match base.ty {
                Type::Packet(hook) => {
                    let hook = &self.checker.program.hooks[hook].name;
                    format!("no packet of {hook} has `{}`", name.name)
                }
                ref ty => format!("`{}` never comes {}", name.name, self.type_name(ty)),
            };
            let error = self.error(Code::NeverFound, name.span, message);
            return self.wrong(
                error
                    .note("a tunnel's inside is reached by `.inner` of the header that opens it")
                    .help("take a header that can follow, or a hook whose packets begin with it"),
            );
        }
        self.checker.program.wanted.insert(header);
        let ty = Type::Optional(Box::new(Type::Header(header)));
        expr(ExprKind::Find(Box::new(base), header), ty, span)
    }

    fn no_member(&mut self, name: &Ident, of: &str, near: Option<String>) -> Expr {
        let message = format!("{of} has no `{}`", name.name);
        let error = self.error(Code::UnknownMember, name.span, message);
        self.wrong(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error
                .help("it has headers by the names of their protocols, and the fields of its hook"),
        })
    }

    fn of_header(&mut self, base: Expr, header: HeaderId, name: &Ident, span: Span) -> Expr {
        if let Some(field) = self.header_field(base.clone(), header, name, span) {
            return field;
        }
        match name.name.as_str() {
            "inner" => {
                self.checker.link();
                return expr(ExprKind::Inner(Box::new(base)), Type::Inner(header), span);
            }
            PAYLOAD => return self.payload(base, span),
            // From its first field on.
            "bytes" => {
                let kind = ExprKind::Rest(Box::new(base), header, 0);
                return expr(kind, Type::Bytes(None), span);
            }
            _ => {}
        }
        let data = &self.checker.program.headers[header];
        let near = nearest(&name.name, data.fields.iter().map(|field| field.name.as_str()));
        let near = near.map(str::to_owned);
        let fields: Vec<_> = data.fields.iter().map(|f| format!("`{}`", f.name)).collect();
        let message = format!("{} has no field `{}`", data.name, name.name);
        let error = self.error(Code::UnknownMember, name.span, message);
        self.wrong(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("it has {}", fields.join(", "))),
        })
    }

    /// The field of a header, if it has it.
    pub(crate) fn header_field(
        &mut self,
        base: Expr,
        header: HeaderId,
        name: &Ident,
        span: Span,
    ) -> Option<Expr> {
        let fields = &self.checker.program.headers[header].fields;
        let (index, field) =
            fields.iter().enumerate().find(|(_, field)| field.name == name.name)?;
        let conditional = field.condition.is_some();
        Some(match field.ty.clone() {
            Type::Error => error(span),
            Type::Rest(None) => {
                expr(ExprKind::Rest(Box::new(base), header, index as u32), Type::Bytes(None), span)
            }
            Type::Rest(Some(_)) => {
                let message = format!("`{}` is more than one", name.name);
                let error = self.error(Code::WrongKind, name.span, message);
                self.wrong(
                    error.help(format!("go through them: `for x in ….{} {{ … }}`", name.name)),
                )
            }
            ty => {
                let ty = if conditional { Type::Optional(Box::new(ty)) } else { ty };
                expr(ExprKind::Field(Box::new(base), header, index as u32), ty, span)
            }
        })
    }

    fn of_struct(&mut self, base: Expr, id: StructId, name: &Ident, span: Span) -> Expr {
        let data = &self.checker.program.structs[id];
        let found = data.fields.iter().enumerate().find(|(_, field)| field.name == name.name);
        let Some((index, field)) = found else {
            let near = nearest(&name.name, data.fields.iter().map(|field| field.name.as_str()));
            let near = near.map(str::to_owned);
            let message = format!("{} has no field `{}`", data.name, name.name);
            let error = self.error(Code::UnknownMember, name.span, message);
            return self.wrong(match near {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("see its declaration for what it has"),
            });
        };
        let ty = field.ty.clone();
        if base.ty.place().is_some() {
            let kind = ExprKind::Part(Box::new(base), index as u32);
            return expr(kind, Type::Ref(Box::new(ty)), span);
        }
        fold(expr(ExprKind::Member(Box::new(base), index as u32), ty, span))
    }
}
