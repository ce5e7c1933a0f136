//! Values from text, as they are printed and as people write them.

use std::net::Ipv4Addr;

use super::expected::{has_number, is_text};
use super::{Mismatch, Notation, Value, enumerator};
use crate::btf::Btf;
use crate::types::{Composite, Encoding, Type, TypeId};

/// How deep values are nested in text.
const DEPTH: usize = 16;

impl Value {
    /// The value that a text means for a type: what [`View`](crate::View) prints, such as
    /// `{ .port = 80, .name = "web" }` and `[1, 2]`, its dots and quotes left out or not; numbers
    /// as in C, with `_` between digits and `0b`; names of enumerations, `Kind.small` as well as
    /// `small`, and their numbers; addresses for numbers and bytes of their length (IPv4 for `__be32`,
    /// IPv6, Ethernet), and nothing else for types named `ipv4addr`, `ipv6addr` and `macaddr`; text
    /// without quotes for arrays of characters.
    ///
    /// # Errors
    /// [`Mismatch`] for a text that means no value of the type, with what is written for it.
    pub fn parse(btf: &Btf, ty: TypeId, text: &str) -> Result<Self, Mismatch> {
        let wrong = || Mismatch {
            value: format!("`{}`", text.trim()),
            ty: btf.describe(ty),
            expected: btf.expected(ty),
        };
        let mut parser = Parser { btf, rest: text.trim(), whole: true };
        let value = parser.value(ty, DEPTH).filter(|_| parser.rest.trim().is_empty());
        let value = value.ok_or_else(wrong)?;
        value.try_encode(btf, ty).ok_or_else(wrong)?;
        Ok(value)
    }
}

struct Parser<'a> {
    btf: &'a Btf,
    rest: &'a str,
    /// Whether a word is all that is left.
    whole: bool,
}

impl<'a> Parser<'a> {
    fn eat(&mut self, wanted: char) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(wanted);
        self.rest = found.unwrap_or(rest);
        found.is_some()
    }

    fn value(&mut self, ty: TypeId, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        if let Some(notation) = Notation::of(self.btf, ty) {
            return notation.parse(self.word()?).map(Value::Bytes);
        }
        match self.btf.resolve(ty)?.1 {
            Type::Struct(composite) | Type::Union(composite) => {
                if self.eat('{') {
                    let mut fields = Vec::new();
                    self.fields(composite, &mut fields, depth)?;
                    return Some(Value::Struct(fields));
                }
                bytes(self.word()?, self.btf.size_of(ty)?)
            }
            Type::Array(array) => {
                if self.eat('[') {
                    return self.list(array.element, depth);
                }
                if self.eat('"') {
                    return self.quoted();
                }
                let size = self.btf.size_of(ty)?;
                let word = self.word()?;
                let is_text = is_text(self.btf, array.element);
                bytes(word, size).or_else(|| is_text.then(|| Value::Text(word.to_owned())))
            }
            scalar => {
                let word = self.word()?;
                scalar_of(scalar, word).or_else(|| address(word))
            }
        }
    }

    fn fields(
        &mut self,
        composite: &Composite,
        fields: &mut Vec<(String, Value)>,
        depth: usize,
    ) -> Option<()> {
        self.whole = false;
        while !self.eat('}') {
            if self.eat('{') {
                // A member without a name: what it has is found by its own names.
                self.fields(composite, fields, depth.checked_sub(1)?)?;
            } else {
                self.eat('.');
                let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
                let (name, rest) = self.rest.split_at(end);
                self.rest = rest;
                let (member, _) = super::composite::find(self.btf, composite, name, DEPTH)?;
                let value = self.eat('=').then(|| self.value(member.ty, depth))??;
                fields.push((name.to_owned(), value));
            }
            if !self.eat(',') {
                return self.eat('}').then_some(());
            }
        }
        Some(())
    }

    fn list(&mut self, element: TypeId, depth: usize) -> Option<Value> {
        self.whole = false;
        let mut list = Vec::new();
        while !self.eat(']') {
            list.push(self.value(element, depth)?);
            if !self.eat(',') {
                return self.eat(']').then_some(Value::List(list));
            }
        }
        Some(Value::List(list))
    }

    /// Text up to the quote that ends it; a backslash takes the next character as it is.
    fn quoted(&mut self) -> Option<Value> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = self.rest.get(at + 1..)?;
                    return Some(Value::Text(text));
                }
                '\\' => text.push(characters.next()?.1),
                other => text.push(other),
            }
        }
        None
    }

    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        let end = if self.whole { None } else { rest.find([',', '}', ']']) };
        let (word, rest) = rest.split_at(end.unwrap_or(rest.len()));
        self.rest = rest;
        let word = word.trim();
        (!word.is_empty()).then_some(word)
    }
}

fn scalar_of(ty: &Type, word: &str) -> Option<Value> {
    match ty {
        Type::Enum(list) | Type::Enum64(list) => {
            let name =
                word.strip_prefix(list.name.as_str()).and_then(|rest| rest.strip_prefix('.'));
            let known = enumerator(list, name.unwrap_or(word));
            let given = || number(word).filter(|number| has_number(list, *number));
            known.or_else(given).map(Value::Number)
        }
        Type::Int(int) if int.encoding == Encoding::Bool => match word {
            "true" => Some(Value::Number(1)),
            "false" => Some(Value::Number(0)),
            _ => number(word).map(Value::Number),
        },
        Type::Float(float) => {
            let number: f64 = word.parse().ok()?;
            match float.size {
                4 => Some(Value::Bytes((number as f32).to_le_bytes().to_vec())),
                8 => Some(Value::Bytes(number.to_le_bytes().to_vec())),
                _ => None,
            }
        }
        _ => number(word).map(Value::Number),
    }
}

fn number(word: &str) -> Option<i128> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word),
    };
    let digits: String = digits.chars().filter(|character| *character != '_').collect();
    let radix = [("0x", 16), ("0X", 16), ("0b", 2), ("0o", 8)]
        .into_iter()
        .find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, radix)));
    let (digits, radix) = radix.unwrap_or((&digits, 10));
    if !digits.starts_with(|character: char| character.is_ascii_hexdigit()) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    Some(if negative { -number } else { number })
}

/// An IPv4 address as the number that `__be32` has.
fn address(word: &str) -> Option<Value> {
    let address: Ipv4Addr = word.parse().ok()?;
    Some(Value::Number(u32::from(address).into()))
}

/// An address of so many bytes.
fn bytes(word: &str, size: u32) -> Option<Value> {
    let all = [Notation::Ipv4, Notation::Ipv6, Notation::Ethernet];
    all.into_iter().find(|notation| notation.size() == size)?.parse(word).map(Value::Bytes)
}
