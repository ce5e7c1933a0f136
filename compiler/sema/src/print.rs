//! `print(…)`: lines for the trace pipe, for whoever looks for a mistake.

use nbpfc_kernel::Helper;
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{Arg, ExprKind as Kind, Literal};

use crate::body::{Scope, error, expr};
use crate::program::{Expr, ExprKind};
use crate::types::{Int, Type};

/// The most numbers that the kernel's helper takes.
const MOST: usize = 3;
/// The longest text in bytes: it lies on the stack.
const LONGEST: usize = 128;

impl<'a> Scope<'_, 'a> {
    /// `print("ttl {} of {x}", a, b)`
    pub(crate) fn print(&mut self, args: &'a [Arg], span: Span) -> Expr {
        let text = match args.split_first() {
            Some((first, rest)) => match &first.value.kind {
                Kind::Literal(Literal::Text(text)) => Some((text, rest)),
                _ => None,
            },
            None => None,
        };
        let Some((text, rest)) = text else {
            let error = self.error(Code::WrongArguments, span, "`print` begins with a text");
            return self.wrong(error.help("`print(\"{} packets, {x}\", count, mark);`"));
        };
        let mut values = Vec::new();
        for arg in rest {
            let value = self.operand(&arg.value, None);
            let int = match &value.ty {
                Type::Int(int) => *int,
                Type::Bool => Int { bits: 1, signed: false },
                Type::Enum(id) => self.checker.program.enums[*id].repr,
                Type::Error => return error(span),
                ty => {
                    let message =
                        format!("`print` shows numbers, and this is {}", self.type_name(ty));
                    let error = self.error(Code::TypeMismatch, value.span, message);
                    return self.wrong(error.help("`u32(…)` of an address gives its number"));
                }
            };
            let wide = Int { bits: 64, ..int };
            values.push((int, Self::convert(value, Type::Int(wide))));
        }
        let mut ints = values.iter().map(|(int, _)| *int);
        let Some((format, count)) = format(&text.value, &mut ints) else {
            let error = self.error(Code::BadValue, text.span, "this text shows nothing like this");
            return self.wrong(error.help("`{}` shows a number, `{x}` shows it in hexadecimal"));
        };
        if count != rest.len() || count > MOST || format.len() > LONGEST {
            let message = format!(
                "the text shows {count} numbers, and {} are given; {MOST} at most, in {LONGEST} bytes",
                rest.len()
            );
            let error = self.error(Code::WrongArguments, span, message);
            return self
                .wrong(error.help("write `{}` for each number, in several lines if need be"));
        }
        self.available(&Helper::TRACE_PRINTK, "print", span);
        let values = values.into_iter().map(|(_, value)| value).collect();
        expr(ExprKind::Print(format.into(), values), Type::Unit, span)
    }
}

/// The text as the kernel's helper takes it, with a zero at its end, and how many numbers it shows.
fn format(text: &[u8], ints: &mut impl Iterator<Item = Int>) -> Option<(Vec<u8>, usize)> {
    let (mut format, mut count, mut rest) = (Vec::new(), 0, text);
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        match first {
            b'{' => {
                let end = rest.iter().position(|byte| *byte == b'}')?;
                let signed = ints.next().is_some_and(|int| int.signed);
                format.extend_from_slice(match (&rest[..end], signed) {
                    (b"", true) => b"%lld",
                    (b"", false) => b"%llu",
                    (b"x", _) => b"%llx",
                    _ => return None,
                });
                count += 1;
                rest = &rest[end + 1..];
            }
            b'}' | 0 => return None,
            b'%' => format.extend_from_slice(b"%%"),
            // The kernel takes no others (`bpf_bprintf_prepare`).
            b' '..=b'~' | b'\t' | b'\n' => format.push(*first),
            _ => return None,
        }
    }
    format.push(0);
    Some((format, count))
}
