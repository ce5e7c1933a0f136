//! Checksums of headers: what they cover; and what the fields of a header decide.

use nbpfc_source::Code;
use nbpfc_syntax::ast::{self, ExprKind as Kind, HeaderPart, ItemKind};

use crate::checker::Checker;
use crate::program::{Checksum, Program, PseudoField};
use crate::types::{HeaderId, Type};

impl<'a> Checker<'a> {
    /// `checksum field = internet(pseudo, self, payload) if condition`
    pub(crate) fn checksum(
        &mut self,
        source: usize,
        id: HeaderId,
        field: Option<&'a ast::Ident>,
        value: &'a ast::Expr,
        condition: Option<&'a ast::Expr>,
    ) {
        let name = field.map_or("checksum", |field| field.name.as_str());
        let fields = &self.program.headers[id].fields;
        let index = fields.iter().position(|field| {
            let places = field.is_fixed() && field.offset.is_multiple_of(16);
            field.name == name && places && field.ty == Type::unsigned(16)
        });
        let Some(index) = index else {
            let message = format!("no field `{name}` of 16 bits at an even place holds it");
            let error = self.error(Code::BadLayout, source, value.span, message);
            return self.report(error.help("name the field: `checksum sum = internet(self)`"));
        };
        let covers = match &value.kind {
            Kind::Call(callee, args) if is_name(callee, "internet") => args,
            _ => {
                let message = "the only checksum that there is is `internet(…)`";
                let error = self.error(Code::UnknownName, source, value.span, message);
                return self.report(error.help("RFC 1071: `checksum internet(self)`"));
            }
        };
        let covers = |part: &str| covers.iter().any(|arg| is_name(&arg.value, part));
        let (of_self, of_pseudo, of_payload) =
            (covers("self"), covers("pseudo"), covers("payload"));
        let condition =
            condition.map(|condition| self.in_header(source, id, condition, &Type::Bool));
        let field = index as u32;
        let checksum = Checksum { field, of_self, of_pseudo, of_payload, condition };
        self.program.headers[id].checksums.push(checksum);
    }

    /// `pseudo (src, dst if condition, u8(0), protocol, u16(payload.len))`: which fields are in it, and
    /// where. When they are, [`Checker::pseudo_conditions`] asks.
    pub(crate) fn pseudo(
        &mut self,
        source: usize,
        id: HeaderId,
        values: &'a [(ast::Expr, Option<ast::Expr>)],
    ) {
        self.program.headers[id].is_network = true;
        let mut bit = 0;
        for (value, _) in values {
            let (named, width) = match &value.kind {
                Kind::Call(callee, args) => match &callee.kind {
                    Kind::Name(ty) => {
                        let width = Type::by_name(&ty.name).and_then(|ty| ty.wire_bits());
                        (args.first().map(|arg| &arg.value), width)
                    }
                    _ => (None, None),
                },
                _ => (Some(value), None),
            };
            if named.is_some_and(is_payload_length)
                && let Some(width) = width
            {
                self.program.headers[id].pseudo_length = Some((bit, width));
            }
            let field = named.and_then(|value| self.field_named(id, value));
            let fields = &self.program.headers[id].fields;
            let own = field.and_then(|field| fields[field as usize].ty.wire_bits());
            let Some(width) = width.or(own) else {
                let message = "this has no width, so it has no place in the pseudo-header";
                let error = self.error(Code::BadLayout, source, value.span, message);
                return self.report(error.help("name a field, or write `u16(…)`"));
            };
            if let (Some(field), Some(own)) = (field, own) {
                let start = bit + width.saturating_sub(own);
                let field = PseudoField { field, start, condition: None };
                self.program.headers[id].pseudo.push(field);
            }
            bit += width;
        }
    }

    /// When a pseudo-header has what a header's fields have. Functions that tell may be about the
    /// header themselves, so this comes when all is known of it.
    pub(crate) fn pseudo_conditions(&mut self) {
        let mut done = 0;
        // Who is asked may know more headers.
        while let Some(&(id, item)) = self.headers.get(done) {
            done += 1;
            let ItemKind::Header(node) = self.item(item) else { continue };
            for part in &node.parts {
                let HeaderPart::Pseudo { values, .. } = part else { continue };
                for (value, condition) in values {
                    if let Some(condition) = condition {
                        self.pseudo_condition(item.source, id, value, condition);
                    }
                }
            }
        }
        self.link();
    }

    fn pseudo_condition(
        &mut self,
        source: usize,
        id: HeaderId,
        value: &'a ast::Expr,
        condition: &'a ast::Expr,
    ) {
        let known = self.in_header(source, id, condition, &Type::Bool);
        let field = self.field_named(id, value);
        let mut fields = self.program.headers[id].pseudo.iter_mut();
        if let Some(field) = fields.find(|other| Some(other.field) == field) {
            field.condition = Some(known);
            return;
        }
        let message = "only what a field of the header is can depend on the packet";
        let error = self.error(Code::BadLayout, source, condition.span, message);
        self.report(error.help("leave the condition out"));
    }

    fn field_named(&self, id: HeaderId, value: &ast::Expr) -> Option<u32> {
        let Kind::Name(name) = &value.kind else { return None };
        let fields = &self.program.headers[id].fields;
        fields.iter().position(|field| field.name == name.name).map(|index| index as u32)
    }
}

/// `payload.len`
fn is_payload_length(node: &ast::Expr) -> bool {
    matches!(&node.kind, Kind::Field(base, name) if name.name == "len" && is_name(base, "payload"))
}

fn is_name(node: &ast::Expr, name: &str) -> bool {
    matches!(&node.kind, Kind::Name(ident) if ident.name == name)
}

impl Program {
    /// Whether a field decides where what follows the header is, or what it is.
    pub fn decides(&self, header: HeaderId, field: u32) -> bool {
        let data = &self.headers[header];
        let next = data.next.iter().flat_map(|next| next.condition.iter().chain(&next.selector));
        let own = data.fields.iter().filter_map(|field| field.condition.as_ref());
        !data.next.is_empty() && next.chain(own).any(|expr| expr.mentions(field))
    }

    /// Whether a field decides how long the header is.
    pub(crate) fn measures(&self, header: HeaderId, field: u32) -> bool {
        let length = self.headers[header].length.as_ref();
        length.is_some_and(|(length, ..)| length.mentions(field))
    }
}
