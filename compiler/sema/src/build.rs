//! Headers that are built: what their fields are, and where.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, Arg, ExprKind as Kind, ItemKind, Literal};

use crate::body::{Scope, expr};
use crate::checker::Resolved;
use crate::constant::{number, value, with_fields};
use crate::program::{Built, BuiltField, Content, Expr, ExprKind, Header};
use crate::types::{HeaderId, Type};
use crate::value::Value;

/// The greatest number that is tried for a field that says how long a header is.
const MAX_SAID: i128 = 1 << 12;

impl<'a> Scope<'_, 'a> {
    /// A header with fields that are named, that say what follows, or have their usual values.
    pub(crate) fn build(
        &mut self,
        header: HeaderId,
        args: &'a [Arg],
        said: &[(u32, i128)],
        follows: Option<u32>,
        span: Span,
    ) -> Option<Built> {
        let mut given: Vec<Option<Expr>> =
            vec![None; self.checker.program.headers[header].fields.len()];
        let mut rest = Rest::default();
        let mut fine = true;
        for arg in args {
            match self.given(header, arg, &given) {
                Some((index, Type::Rest(element))) => {
                    match self.rest(header, element, &arg.value) {
                        Some(parts) => rest = Rest { field: Some(index), ..parts },
                        None => fine = false,
                    }
                }
                Some((index, ty)) => {
                    let value = self.operand(&arg.value, Some(&ty));
                    let value = self.coerce(value, &ty);
                    fine &= !value.ty.is_bottom();
                    given[index] = Some(value);
                }
                None => fine = false,
            }
        }
        if !fine {
            return None;
        }
        let data = &self.checker.program.headers[header];
        // What decides where fields are has to be known: what is not has no part in that.
        let mut known: Vec<Option<Value>> = Vec::new();
        for (index, field) in data.fields.iter().enumerate() {
            let said = said.iter().find(|(field, _)| *field as usize == index);
            let usual =
                said.map(|(_, number)| Value::Int(*number)).or_else(|| field.default.clone());
            known.push(match &given[index] {
                Some(given) => value(given).cloned(),
                None => usual.or_else(|| Value::zero(&field.ty)),
            });
        }
        // Where each field begins, if it is there.
        let mut offsets: Vec<Option<u32>> = Vec::new();
        let mut more = 0;
        for (index, field) in data.fields.iter().enumerate() {
            offsets.push(Some(field.offset + more));
            let Some(condition) = &field.condition else { continue };
            match value(&with_fields(condition, &known)) {
                Some(Value::Bool(true)) => more += field.ty.wire_bits().unwrap_or(0),
                Some(Value::Bool(false)) if given[index].is_some() => {
                    return self.not_there(header, index, given[index].as_ref());
                }
                Some(Value::Bool(false)) => {
                    offsets[index] = None;
                    known[index] = Some(Value::Absent);
                }
                _ => return self.undecided(header, span),
            }
        }
        let size = data.fixed + more / 8 + rest.size;
        let Some(whole) = measured(data, &mut known, &given, size) else {
            let said = data.length.as_ref().map(|(length, ..)| with_fields(length, &known));
            return match said.as_ref().and_then(number) {
                Some(said) if said < i128::from(size) => self.too_long(header, said, size, span),
                _ => self.undecided(header, span),
            };
        };
        let mut built = Built { header, size: whole, fields: Vec::new(), sums: Vec::new() };
        for (index, field) in data.fields.iter().enumerate() {
            let Some(offset) = offsets[index] else { continue };
            if rest.field == Some(index) {
                let parts = std::mem::take(&mut rest.fields).into_iter();
                built.fields.extend(parts.map(|part| part.further(offset)));
                continue;
            }
            let content = match (&given[index], &field.size, &known[index]) {
                (Some(given), ..) => Content::Value(given.clone()),
                _ if follows == Some(index as u32) => Content::Follows,
                (None, Some(size), _) => match number(&with_fields(size, &known)) {
                    Some(size) => Content::Size(size as u32),
                    None => return self.undecided(header, span),
                },
                (None, None, Some(value)) => {
                    let kind = ExprKind::Value(value.clone());
                    Content::Value(expr(kind, field.ty.clone(), span))
                }
                (None, None, None) => continue,
            };
            built.fields.push(BuiltField { ty: field.ty.clone(), offset, content });
        }
        for sum in &data.checksums {
            let index = sum.field as usize;
            let none = sum.condition.as_ref().map(|condition| with_fields(condition, &known));
            let none = none.is_some_and(|none| value(&none) == Some(&Value::Bool(false)));
            if given[index].is_some() || none {
                continue;
            }
            if sum.of_payload || sum.of_pseudo {
                let field = &data.fields[index].name;
                let message = format!("the checksum of `{}` covers what follows it", data.name);
                let error = self.error(Code::WrongArguments, span, message);
                let error = error.label("which is not in its place yet, so it cannot be added up");
                self.report(error.help(format!(
                    "write `{field} = 0` here, and behind that assign what `checksum` or \
                     `transport_checksum` says"
                )));
                return None;
            }
            built.sums.push(sum.field);
        }
        Some(built)
    }

    /// The header that an expression names.
    pub(crate) fn header_named(&mut self, node: &'a ast::Expr) -> Option<HeaderId> {
        let is_header = |kind: &ItemKind| matches!(kind, ItemKind::Header(_));
        let item = match &node.kind {
            Kind::Name(name) => {
                let item = self.checker.lookup_header(self.source, &name.name);
                if item.is_none() {
                    let names = self.checker.names(self.source, is_header);
                    self.checker.unknown(self.source, name, "header", names);
                }
                item
            }
            Kind::Field(base, name) => {
                let item = self.of_module(base, name).ok()?;
                item.filter(|item| is_header(self.checker.item(*item)))
                    .or_else(|| self.no_header(node))
            }
            _ => self.no_header(node),
        }?;
        match self.checker.resolved(item) {
            Some(Resolved::Header(header)) => {
                self.checker.link();
                Some(header)
            }
            _ => None,
        }
    }

    fn no_header<T>(&mut self, node: &'a ast::Expr) -> Option<T> {
        let error = self.error(Code::WrongKind, node.span, "this is no header");
        self.report(error.help("name protocols: `pkt.push(vlan(vid = 5))`, `pkt.pop(vlan)`"));
        None
    }

    /// A field that is given, and its type.
    fn given(
        &mut self,
        header: HeaderId,
        arg: &'a Arg,
        before: &[Option<Expr>],
    ) -> Option<(usize, Type)> {
        let data = &self.checker.program.headers[header];
        let Some(name) = &arg.name else {
            let message = "a header's fields are named";
            let error = self.error(Code::WrongArguments, arg.value.span, message);
            self.report(error.help(format!("write `{}(field = value)`", data.name)));
            return None;
        };
        let index = data.fields.iter().position(|field| field.name == name.name);
        let Some(index) = index.filter(|index| before[*index].is_none()) else {
            let message = match index {
                Some(_) => format!("`{}` is given twice", name.name),
                None => format!("{} has no field `{}`", data.name, name.name),
            };
            let code = if index.is_some() { Code::WrongArguments } else { Code::UnknownMember };
            let fields: Vec<_> = data.fields.iter().map(|f| format!("`{}`", f.name)).collect();
            let error = self.error(code, name.span, message);
            self.report(error.help(format!("it has {}", fields.join(", "))));
            return None;
        };
        let ty = data.fields[index].ty.clone();
        (ty != Type::Error).then_some((index, ty))
    }

    /// What is in a header's last field: headers that repeat and text, or text.
    fn rest(
        &mut self,
        header: HeaderId,
        element: Option<HeaderId>,
        node: &'a ast::Expr,
    ) -> Option<Rest> {
        let mut rest = Rest::default();
        for node in node.layers() {
            if let Kind::Literal(Literal::Text(text)) = &node.kind {
                let bytes = text.value.iter().map(|byte| Value::Int((*byte).into()));
                let ty = Type::Array(Box::new(Type::unsigned(8)), text.value.len() as u32);
                let kind = ExprKind::Value(Value::Fields(bytes.collect()));
                let content = Content::Value(expr(kind, ty.clone(), node.span));
                rest.fields.push(BuiltField { ty, offset: rest.size * 8, content });
                rest.size += text.value.len() as u32;
                continue;
            }
            let (named, args) = match &node.kind {
                Kind::Call(callee, args) => (&**callee, args.as_slice()),
                _ => (node, &[][..]),
            };
            let found = self.header_named(named)?;
            self.is_part(header, element, found, node.span)?;
            let built = self.build(found, args, &[], None, node.span)?;
            if !built.sums.is_empty() {
                let name = &self.checker.program.headers[found].name;
                let message = format!("the checksum of `{name}` is not made where it repeats");
                let error = self.error(Code::WrongArguments, node.span, message);
                self.report(error.help("give it a value"));
                return None;
            }
            let at = rest.size * 8;
            rest.fields.extend(built.fields.into_iter().map(|field| field.further(at)));
            rest.size += built.size;
        }
        Some(rest)
    }

    /// Reports a header that does not repeat in another one.
    pub(crate) fn is_part(
        &mut self,
        header: HeaderId,
        element: Option<HeaderId>,
        found: HeaderId,
        span: Span,
    ) -> Option<()> {
        let follow = self.checker.program.followers(header).contains(&found);
        if element == Some(found) && !follow {
            return Some(());
        }
        let headers = &self.checker.program.headers;
        let (outer, inner) = (&headers[header].name, &headers[found].name);
        let (message, help) = if follow {
            let help = format!("write it behind the header: `{outer} / {inner}`");
            (format!("`{inner}` follows `{outer}`, and does not lie in it"), help)
        } else {
            let own = element.map(|own| format!("`{}` and text", headers[own].name));
            let help = format!("it has {}", own.unwrap_or_else(|| "text".to_owned()));
            (format!("`{outer}` has no `{inner}` in it"), help)
        };
        let error = self.error(Code::NeverFound, span, message);
        self.report(error.help(help));
        None
    }

    fn too_long(&mut self, header: HeaderId, said: i128, given: u32, span: Span) -> Option<Built> {
        let name = &self.checker.program.headers[header].name;
        let message = format!("this `{name}` says that it has {said} bytes, and {given} are given");
        let error = self.error(Code::BadValue, span, message);
        self.report(error.help("leave out the field that says so: it follows from what is there"));
        None
    }

    fn undecided(&mut self, header: HeaderId, span: Span) -> Option<Built> {
        let name = &self.checker.program.headers[header].name;
        let message = format!("the compiler cannot see how long this `{name}` is");
        let error = self.error(Code::NotConstant, span, message);
        self.report(error.help("give constants to the fields that decide its length"));
        None
    }

    fn not_there(&mut self, header: HeaderId, field: usize, given: Option<&Expr>) -> Option<Built> {
        let data = &self.checker.program.headers[header];
        let (name, field) = (&data.name, &data.fields[field]);
        let message = format!("a `{name}` like this has no `{}`", field.name);
        let span = given.map_or(field.span, |given| given.span);
        let error = self.error(Code::BadValue, span, message);
        self.report(error.help("set the field that says that it is there"));
        None
    }
}

/// What is in the last field of a header that is built.
#[derive(Default)]
struct Rest {
    field: Option<usize>,
    fields: Vec<BuiltField>,
    /// In bytes.
    size: u32,
}

impl BuiltField {
    /// The same, so many bits further on.
    fn further(self, bits: u32) -> Self {
        Self { offset: self.offset + bits, ..self }
    }
}

/// How many bytes a header has, whose fields have so many: what it says, by a field that is not given
/// if there is one; `None` if that is not seen, or less.
fn measured(
    data: &Header,
    known: &mut [Option<Value>],
    given: &[Option<Expr>],
    size: u32,
) -> Option<u32> {
    let Some((length, low, high)) = &data.length else { return Some(size) };
    let fits = |known: &[Option<Value>]| match value(&with_fields(length, known))? {
        // What is absent says nothing.
        Value::Absent => Some(size),
        said => u32::try_from(said.number()?)
            .ok()
            .filter(|said| (*low..=*high).contains(said) && *said >= size),
    };
    if let Some(size) = fits(known) {
        return Some(size);
    }
    let says =
        (0..known.len()).find(|index| given[*index].is_none() && length.mentions(*index as u32))?;
    let Type::Int(int) = data.fields[says].ty else { return None };
    (0..=int.max().min(MAX_SAID)).find_map(|number| {
        known[says] = Some(Value::Int(number));
        fits(known)
    })
}
