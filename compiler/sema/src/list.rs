//! Sets from files: one element on each line, and what follows a `#` is not read.

use std::net::{Ipv4Addr, Ipv6Addr};

use nbpfc_source::{Code, Diagnostic, FileId, Label, Span};
use nbpfc_syntax::ast::Text;

use crate::body::{Scope, error, expr};
use crate::program::{Expr, ExprKind};
use crate::types::{Int, Type};
use crate::value::Value;

impl Scope<'_, '_> {
    /// `file "name"` as the value of a constant set.
    pub(crate) fn set_file(&mut self, name: &Text, want: Option<&Type>, span: Span) -> Expr {
        let Some(Type::Set(element)) = want else {
            let error = self.error(Code::WrongKind, span, "a set has to say what it holds");
            return self.wrong(
                error.help("`const NAME: set<ipv4prefix> = file \"…\";`, or write it behind `in`"),
            );
        };
        let name = name.as_str().unwrap_or_default();
        let (list, text) = match self.checker.options.lists.get(name) {
            Ok(found) => found,
            Err(why) => {
                let error = self.error(Code::BadFile, span, format!("{name}: {why}"));
                return self.wrong(error.help("it is looked for beside the module"));
            }
        };
        let mut values = Vec::new();
        let mut fine = true;
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let entry = line.split('#').next().unwrap_or_default();
            let word = entry.trim();
            if !word.is_empty() {
                let value = value(word, element);
                let beyond = value.as_ref().and_then(Value::beyond);
                if let (Some(value), None) = (&value, &beyond) {
                    values.push(value.clone());
                } else {
                    fine = false;
                    let at = start + (entry.len() - entry.trim_start().len()) as u32;
                    let place = (list, Span { start: at, end: at + word.len() as u32 });
                    let (message, help) = beyond.unwrap_or_else(|| {
                        let name = self.type_name(element);
                        let help = "write one element on each line; what follows a `#` is not read";
                        (format!("`{word}` is no {name}"), help.to_owned())
                    });
                    self.no_element(message, &help, place, span);
                }
            }
            start += line.len() as u32;
        }
        if !fine {
            return error(span);
        }
        expr(ExprKind::Value(Value::Set(values.into())), Type::Set(element.clone()), span)
    }

    fn no_element(&mut self, message: String, help: &str, (list, at): (FileId, Span), span: Span) {
        let mut error = Diagnostic::error(Code::BadValue, message, list, at);
        let file = self.checker.sources[self.source].file;
        error.labels.push(Label { file, span, text: "asked for here".to_owned() });
        self.report(error.help(help));
    }
}

/// A value of a type as it is written on a line.
fn value(word: &str, ty: &Type) -> Option<Value> {
    let (address, length) = match word.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
        None => (word, None),
    };
    Some(match ty {
        Type::Ipv4Prefix => {
            let length = length.unwrap_or(32);
            let address: Ipv4Addr = address.parse().ok()?;
            (length <= 32).then(|| Value::Ipv4Prefix(address.into(), length))?
        }
        Type::Ipv6Prefix => {
            let length = length.unwrap_or(128);
            let address: Ipv6Addr = address.parse().ok()?;
            (length <= 128).then(|| Value::Ipv6Prefix(address.into(), length))?
        }
        Type::Ipv4Addr => Value::Ipv4(word.parse::<Ipv4Addr>().ok()?.into()),
        Type::Ipv6Addr => Value::Ipv6(word.parse::<Ipv6Addr>().ok()?.into()),
        Type::MacAddr => {
            let mut bytes = [0; 6];
            let mut parts = word.split(':');
            for byte in &mut bytes {
                *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
            }
            parts.next().is_none().then_some(Value::Mac(bytes))?
        }
        Type::Int(int) => Value::Int(number(word, *int)?),
        _ => return None,
    })
}

fn number(word: &str, int: Int) -> Option<i128> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word),
    };
    let number = match digits.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    let number = number.ok().map(|number: i128| if negative { -number } else { number })?;
    int.holds(number).then_some(number)
}
