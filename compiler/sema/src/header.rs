//! Declarations of protocols: where fields lie, how long headers are.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, ExprKind as Kind, HeaderPart, NextTargets, TypeKind};

use crate::body::{Context, Scope};
use crate::checker::{Checker, ItemRef, Resolved};
use crate::constant::{number, value};
use crate::program::{Expr, ExprKind, Header, HeaderField, Part};
use crate::types::{HeaderId, Int, Type};

/// The longest header, in bytes; more than any window of the packet that is checked at once.
const MAX_LENGTH: u32 = 4096;

/// How many of one header may follow each other at most.
const MAX_LIMIT: i128 = 32;

impl<'a> Checker<'a> {
    /// A header's fields and length. What follows it is found by [`Checker::link`].
    pub(crate) fn header_item(&mut self, item: ItemRef, node: &'a ast::Header) -> Resolved {
        let source = item.source;
        let header = Header {
            name: node.name.name.clone(),
            place: (self.sources[source].file, node.name.span),
            fields: Vec::new(),
            fixed: 0,
            length: None,
            is_network: false,
            begins_packet: self.begins_packet(item),
            is_between: node.parts.iter().any(is_between),
            limit: None,
            next: Vec::new(),
            checksums: Vec::new(),
            pseudo: Vec::new(),
            pseudo_length: None,
        };
        let id = self.program.headers.push(header);
        // Protocols carry each other: who meets this one while it is resolved gets its name.
        self.settle(item, Resolved::Header(id));
        self.unlinked.push((id, item));
        self.headers.push((id, item));
        let mut layout = Layout { bits: 0, behind: Vec::new(), ended: None };
        for part in &node.parts {
            match part {
                HeaderPart::Field(field) => self.field(source, id, field, &mut layout),
                HeaderPart::Length { value, range, span } => {
                    self.length(source, id, value, range.as_ref(), *span);
                }
                // Who walks past the header while it is resolved has to know.
                HeaderPart::Pseudo { .. } => self.program.headers[id].is_network = true,
                HeaderPart::Limit { value, .. } => self.header_limit(source, id, value),
                HeaderPart::After { parent, .. } => {
                    self.header_item_at(source, parent);
                }
                HeaderPart::Checksum { .. } | HeaderPart::Next(_) | HeaderPart::Error(_) => {}
            }
        }
        if !layout.bits.is_multiple_of(8) {
            let message = format!("the fields have {} bits, which are no whole bytes", layout.bits);
            let error = self.error(Code::BadLayout, source, node.name.span, message);
            let left = 8 - layout.bits % 8;
            let help =
                format!("add a field for the bits that are left, such as `reserved: u{left}`");
            self.report(error.help(help));
        }
        let fixed = layout.bits / 8;
        if fixed > MAX_LENGTH {
            let message =
                format!("the fields have {fixed} bytes; a header has at most {MAX_LENGTH}");
            let error = self.error(Code::BadLayout, source, node.name.span, message);
            self.report(error);
        }
        self.program.headers[id].fixed = fixed;
        for part in &node.parts {
            match part {
                HeaderPart::Checksum { field, value, condition, .. } => {
                    self.checksum(source, id, field.as_ref(), value, condition.as_ref());
                }
                HeaderPart::Pseudo { values, .. } => self.pseudo(source, id, values),
                _ => {}
            }
        }
        Resolved::Header(id)
    }

    fn field(
        &mut self,
        source: usize,
        id: HeaderId,
        node: &'a ast::HeaderField,
        layout: &mut Layout,
    ) {
        let fields = &self.program.headers[id].fields;
        if let Some(earlier) = fields.iter().find(|field| field.name == node.name.name) {
            let message = format!("`{}` is declared twice", node.name.name);
            let error = self
                .error(Code::DuplicateName, source, node.name.span, message)
                .related(earlier.span, "first declared here");
            return self.report(error.help("give one of them another name"));
        }
        let condition = node.condition.as_ref().map(|c| self.in_header(source, id, c, &Type::Bool));
        let ty = self.field_type(source, id, node);
        if let Some(span) = layout.ended {
            let message = "nothing can follow a field whose length only the packet knows";
            let error = self.error(Code::BadLayout, source, node.span, message);
            return self.report(error.related(span, "this goes to the end of the header"));
        }
        let offset = layout.bits;
        let index = fields_len(&self.program.headers[id].fields);
        match ty.wire_bits() {
            _ if matches!(ty, Type::Rest(_)) => layout.ended = Some(node.span),
            Some(bits) if condition.is_some() => {
                if !(bits.is_multiple_of(8) && offset.is_multiple_of(8)) {
                    let message = "a field that may be missing has whole bytes";
                    let error = self.error(Code::BadLayout, source, node.span, message);
                    self.report(error.help("put the condition on fields of 8, 16, 32 or 64 bits"));
                }
            }
            Some(bits) => layout.bits += bits,
            None if ty == Type::Error => {}
            None => {
                let message = format!("{} has no place in a header", self.type_name(&ty));
                let error = self.error(Code::BadLayout, source, node.ty.span, message);
                self.report(
                    error.help("fields are numbers, `bool`, addresses, and arrays of them"),
                );
            }
        }
        let size = node.default.as_ref().and_then(|node| self.size_default(source, id, node, &ty));
        let plain = node.default.as_ref().filter(|_| size.is_none());
        let default = plain.and_then(|default| {
            let known = self.constant(source, default, Some(&ty));
            value(&known).cloned()
        });
        let behind = layout.behind.clone();
        if condition.is_some() {
            layout.behind.push(index);
        }
        let (name, span) = (node.name.name.clone(), node.name.span);
        let until = match (&node.until, &ty) {
            (Some(until), Type::Rest(Some(element))) => {
                Some(self.in_header(source, *element, until, &Type::Bool))
            }
            (Some(until), _) => {
                let message = "`until` says which of several headers is the last";
                let error = self.error(Code::BadLayout, source, until.span, message);
                self.report(error.help("write it behind `[NAME]`"));
                None
            }
            (None, _) => None,
        };
        let field = HeaderField { name, ty, offset, condition, behind, until, default, size, span };
        self.program.headers[id].fields.push(field);
    }

    fn field_type(&mut self, source: usize, id: HeaderId, node: &'a ast::HeaderField) -> Type {
        match &node.ty.kind {
            TypeKind::Slice(element) => match self.ty(source, element) {
                Type::Header(element) => Type::Rest(Some(element)),
                Type::Int(Int { bits: 8, signed: false }) => Type::Rest(None),
                Type::Error => Type::Error,
                _ => {
                    let message = "what goes to the end of a header are headers, or bytes";
                    let error = self.error(Code::BadLayout, source, element.span, message);
                    self.report(error.help("write `[NAME]` of a header, or `[u8]`"));
                    Type::Error
                }
            },
            TypeKind::Array { length, .. } => {
                let length = self.in_header(source, id, length, &Type::U32);
                let is_field = |expr: &Expr| matches!(expr.kind, ExprKind::Field(..));
                if Part::Expr(&length).any(&mut |expr| is_field(expr)) {
                    let message = "only the packet knows how many these are";
                    let error = self.error(Code::BadLayout, source, length.span, message);
                    self.report(error.help(
                        "`[u8]` are the bytes up to the packet's end, `[NAME]` headers that repeat",
                    ));
                    return Type::Error;
                }
                if length.ty == Type::Error { Type::Error } else { self.ty(source, &node.ty) }
            }
            _ => self.ty(source, &node.ty),
        }
    }

    /// `payload.len`, perhaps with more, as the value of a field that is not named.
    fn size_default(
        &mut self,
        source: usize,
        id: HeaderId,
        node: &'a ast::Expr,
        ty: &Type,
    ) -> Option<Expr> {
        let is_length = |node: &ast::Expr| match &node.kind {
            Kind::Field(base, name) => {
                name.name == "len" && matches!(&base.kind, Kind::Name(n) if n.name == "payload")
            }
            _ => false,
        };
        if !matches!(ty, Type::Int(int) if !int.signed && int.bits <= 32) {
            return None;
        }
        match &node.kind {
            Kind::Binary(ast::BinaryOp::Add, a, b) if is_length(a) => {
                Some(self.in_header(source, id, b, &Type::U32))
            }
            Kind::Binary(ast::BinaryOp::Add, a, b) if is_length(b) => {
                Some(self.in_header(source, id, a, &Type::U32))
            }
            _ if is_length(node) => {
                let zero = ExprKind::Value(crate::value::Value::Int(0));
                Some(crate::body::expr(zero, Type::U32, node.span))
            }
            _ => None,
        }
    }

    /// An expression over the fields of a header that are declared so far.
    pub(crate) fn in_header(
        &mut self,
        source: usize,
        id: HeaderId,
        node: &'a ast::Expr,
        want: &Type,
    ) -> Expr {
        let mut scope = Scope::new(self, source, Context::Header(id));
        let value = scope.expr(node, Some(want));
        scope.coerce(value, want)
    }

    fn length(
        &mut self,
        source: usize,
        id: HeaderId,
        node: &'a ast::Expr,
        range: Option<&'a ast::Expr>,
        span: Span,
    ) {
        let mut scope = Scope::new(self, source, Context::Header(id));
        let length = scope.expr(node, Some(&Type::U32));
        let optional =
            matches!(&length.ty, Type::Optional(inner) if matches!(**inner, Type::Int(_)));
        let length = if optional { length } else { scope.coerce(length, &Type::U32) };
        if length.ty == Type::Error {
            return;
        }
        let bounds = range.and_then(|range| match &range.kind {
            Kind::Range { start, end: Some(end), inclusive } => {
                let low = match start {
                    Some(start) => number(&self.constant(source, start, Some(&Type::U32)))?,
                    None => 0,
                };
                let high = number(&self.constant(source, end, Some(&Type::U32)))?;
                Some((low as u32, (high - i128::from(!inclusive)) as u32))
            }
            _ => None,
        });
        let bounds = bounds.or_else(|| number(&length).map(|n| (n as u32, n as u32)));
        let Some((low, high)) = bounds.filter(|(low, high)| low <= high && *high <= MAX_LENGTH)
        else {
            let message = "the compiler cannot see how long this header may be";
            let error = self.error(Code::Unbounded, source, span, message);
            let help = format!("say it: `length … in 20..=60`, at most {MAX_LENGTH}");
            return self.report(error.help(help));
        };
        self.program.headers[id].length = Some((length, low, high));
    }

    fn header_limit(&mut self, source: usize, id: HeaderId, node: &'a ast::Expr) {
        let known = self.constant(source, node, Some(&Type::U32));
        match number(&known).filter(|n| (0..=MAX_LIMIT).contains(n)) {
            Some(limit) => self.program.headers[id].limit = Some(limit as u32),
            None if known.ty == Type::Error => {}
            None => {
                let message = format!("from 0 to {MAX_LIMIT} of a header may follow each other");
                let error = self.error(Code::BadValue, source, node.span, message);
                self.report(error);
            }
        }
    }
}

/// Whether a clause says that what follows is what follows another header.
fn is_between(part: &HeaderPart) -> bool {
    matches!(part, HeaderPart::Next(next) if matches!(next.targets, NextTargets::Like(_)))
}

fn fields_len(fields: &[HeaderField]) -> u32 {
    fields.len() as u32
}

/// Where the next field goes.
struct Layout {
    /// Bits of the fields so far, without those that may be missing.
    bits: u32,
    /// The fields so far that may be missing.
    behind: Vec<u32>,
    /// The field that goes to the header's end.
    ended: Option<Span>,
}
