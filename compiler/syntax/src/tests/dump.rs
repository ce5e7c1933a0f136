//! Trees as text: what `Debug` says, without places and numbers, and short.

use std::fmt::Write as _;

use crate::ast::Module;

const WIDTH: usize = 100;

/// A value as `Debug` writes it.
enum Value {
    /// `12`, `"text"`, `Any`.
    Plain(String),
    /// `Name(…)`, `Name { field: … }`, `[…]`.
    Parts { name: String, close: char, parts: Vec<(String, Value)> },
}

/// The items of a module.
pub(super) fn module(module: &Module) -> String {
    let mut text = String::new();
    for item in &module.items {
        let debug = format!("{:?}", item.kind);
        let mut reader = Reader { rest: &debug };
        print(&simplify(reader.value()), 0, &mut text);
        text.push('\n');
    }
    text
}

/// What `Debug` wrote, shorter, on one line.
pub(super) fn compact(debug: &str) -> String {
    let mut reader = Reader { rest: debug };
    let mut text = String::new();
    while !reader.rest.is_empty() {
        let value = simplify(reader.value());
        let _ = write!(text, "{}{}", if text.is_empty() { "" } else { " " }, line(&value));
        reader.rest = reader.rest.trim_start();
    }
    text
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn take(&mut self, length: usize) -> String {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken.to_owned()
    }

    fn value(&mut self) -> Value {
        self.rest = self.rest.trim_start();
        let mut name = String::new();
        if self.rest.starts_with('"') {
            let mut escaped = false;
            let end = self.rest[1..].find(|c: char| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            return Value::Plain(self.take(end.map_or(self.rest.len(), |end| end + 2)));
        }
        let end = self.rest.find(['(', '[', '{', '}', ']', ')', ',', ' ']);
        name += &self.take(end.unwrap_or(self.rest.len()));
        let open = self.rest.trim_start().chars().next();
        // Between tokens there is a space; before `{` there is one too.
        let close = match open {
            Some('(') if self.rest.starts_with('(') => ')',
            Some('[') if self.rest.starts_with('[') => ']',
            Some('{') => '}',
            _ => return Value::Plain(name),
        };
        self.rest = &self.rest.trim_start()[1..];
        let mut parts = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches([' ', ',']);
            if self.rest.starts_with(close) || self.rest.is_empty() {
                self.rest = self.rest.get(1..).unwrap_or_default();
                return Value::Parts { name, close, parts };
            }
            let field = if close == '}' {
                let field = self.rest.split(':').next().unwrap_or_default().to_owned();
                self.rest = &self.rest[field.len() + 1..];
                field
            } else {
                String::new()
            };
            parts.push((field, self.value()));
        }
    }
}

/// Without places, numbers of expressions, absent and empty parts.
fn simplify(value: Value) -> Value {
    let Value::Parts { name, close, parts } = value else { return value };
    let mut kept: Vec<(String, Value)> = parts
        .into_iter()
        .filter(|(field, _)| field != "span" && field != "id")
        .map(|(field, value)| (field, simplify(value)))
        .filter(|(_, value)| match value {
            Value::Plain(text) => text != "None" && !looks_like_a_span(text),
            Value::Parts { name, parts, close } => {
                !(name.is_empty() && parts.is_empty() && *close == ']')
            }
        })
        .collect();
    let one = kept.len() == 1;
    match (name.as_str(), one) {
        ("Some" | "Expr" | "Type" | "Stmt" | "Pattern" | "Item", true) => kept.remove(0).1,
        ("Ident", true) => match kept.remove(0).1 {
            Value::Plain(text) => Value::Plain(text.trim_matches('"').to_owned()),
            other @ Value::Parts { .. } => other,
        },
        ("Path", true) => Value::Plain(match kept.remove(0).1 {
            Value::Parts { parts, .. } => {
                parts.iter().map(|(_, part)| line(part)).collect::<Vec<_>>().join(".")
            }
            Value::Plain(text) => text,
        }),
        ("Text", true) => match kept.remove(0).1 {
            Value::Parts { parts, .. } => {
                let bytes = parts.iter().filter_map(|(_, part)| line(part).parse::<u8>().ok());
                Value::Plain(format!("{:?}", String::from_utf8_lossy(&bytes.collect::<Vec<_>>())))
            }
            other @ Value::Plain(_) => other,
        },
        ("Text", false) => Value::Plain("\"\"".to_owned()),
        // `Const(Const { … })`: once is enough.
        (outer, true) if close == ')' => match kept.remove(0).1 {
            Value::Parts { name, close: '}', parts } if name == outer => {
                Value::Parts { name, close: '}', parts }
            }
            inner => Value::Parts { name, close, parts: vec![(String::new(), inner)] },
        },
        _ => Value::Parts { name, close, parts: kept },
    }
}

fn looks_like_a_span(text: &str) -> bool {
    text.split_once("..").is_some_and(|(start, end)| {
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits(start) && digits(end)
    })
}

fn open(close: char) -> char {
    match close {
        ')' => '(',
        ']' => '[',
        _ => '{',
    }
}

fn line(value: &Value) -> String {
    match value {
        Value::Plain(text) => text.clone(),
        Value::Parts { name, close, parts } => {
            let parts: Vec<_> = parts
                .iter()
                .map(|(field, value)| match field.as_str() {
                    "" => line(value),
                    field => format!("{field}: {}", line(value)),
                })
                .collect();
            let space = if *close == '}' { " " } else { "" };
            format!("{name}{space}{}{}{close}", open(*close), parts.join(", "))
        }
    }
}

fn print(value: &Value, indent: usize, text: &mut String) {
    let short = line(value);
    match value {
        Value::Parts { name, close, parts } if indent + short.len() > WIDTH => {
            let space = if *close == '}' { " " } else { "" };
            let _ = writeln!(text, "{name}{space}{}", open(*close));
            for (field, part) in parts {
                let _ = write!(text, "{:1$}", "", indent + 2);
                if !field.is_empty() {
                    let _ = write!(text, "{field}: ");
                }
                print(part, indent + 2, text);
                text.push('\n');
            }
            let _ = write!(text, "{:indent$}{close}", "");
        }
        _ => text.push_str(&short),
    }
}
