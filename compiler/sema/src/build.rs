//! Headers that are built: what their fields are, and where.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::Arg;

use crate::body::{Scope, expr};
use crate::constant::{number, value, with_fields};
use crate::program::{Built, BuiltField, Content, Expr, ExprKind};
use crate::types::HeaderId;
use crate::value::Value;

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
        let mut fine = true;
        for arg in args {
            match self.given(header, arg, &given) {
                Some((index, value)) => given[index] = Some(value),
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
        let mut built = Built { header, size: data.fixed, fields: Vec::new(), sums: Vec::new() };
        let mut more = 0;
        for (index, field) in data.fields.iter().enumerate() {
            let (bits, number) = (field.ty.wire_bits().unwrap_or(0), index as u32);
            if let Some(condition) = &field.condition {
                let there = match value(&with_fields(condition, &known)) {
                    Some(Value::Bool(there)) => *there || given[index].is_some(),
                    _ => return self.undecided(header, span),
                };
                if there && value(&with_fields(condition, &known)) == Some(&Value::Bool(false)) {
                    return self.not_there(header, index, given[index].as_ref());
                }
                if !there {
                    continue;
                }
            }
            let offset = field.offset + more;
            if field.condition.is_some() {
                more += bits;
                built.size += bits / 8;
            }
            let content = match (&given[index], &field.size, &known[index]) {
                (Some(given), ..) => Content::Value(given.clone()),
                _ if follows == Some(number) => Content::Follows,
                (None, Some(size), _) => {
                    match crate::constant::number(&with_fields(size, &known)) {
                        Some(size) => Content::Size(size as u32),
                        None => return self.undecided(header, span),
                    }
                }
                (None, None, Some(value)) => {
                    let kind = ExprKind::Value(value.clone());
                    Content::Value(expr(kind, field.ty.clone(), span))
                }
                (None, None, None) => continue,
            };
            built.fields.push(BuiltField { field: number, offset, content });
        }
        if let Some((length, low, high)) = &data.length {
            let length = number(&with_fields(length, &known)).and_then(|n| u32::try_from(n).ok());
            match length.filter(|length| (*low..=*high).contains(length) && *length >= data.fixed) {
                Some(length) => built.size = length,
                None => return self.undecided(header, span),
            }
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
                let error = self.error(Code::NotYet, span, message);
                let error = error.label("the compiler does not add up what follows");
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

    /// A field and the value that it is given.
    fn given(
        &mut self,
        header: HeaderId,
        arg: &'a Arg,
        before: &[Option<Expr>],
    ) -> Option<(usize, Expr)> {
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
        if ty.wire_bits().is_none() {
            self.not_yet(name.span, "building a field like this");
            return None;
        }
        let value = self.operand(&arg.value, Some(&ty));
        let value = self.coerce(value, &ty);
        (!value.ty.is_bottom()).then_some((index, value))
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
