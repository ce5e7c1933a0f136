//! What people write for a type, in words.

use super::{Notation, Scalar, unsigned};
use crate::btf::Btf;
use crate::types::{Composite, Encoding, Enum, Type, TypeId};

/// How many names are listed.
const LISTED: usize = 12;

impl Btf {
    /// What is written for a type; `None` if that cannot be said.
    pub(super) fn expected(&self, ty: TypeId) -> Option<String> {
        if let Some(notation) = Notation::of(self, ty) {
            return Some(format!("{} is expected", notation.expected()));
        }
        Some(match self.resolve(ty)?.1 {
            Type::Struct(composite) | Type::Union(composite) => members(composite),
            Type::Array(array) if is_text(self, array.element) => {
                let most = array.len.saturating_sub(1);
                format!("text of {most} bytes at most is expected")
            }
            Type::Array(array) => {
                format!("elements in brackets, `[a, b]`, {} at most, are expected", array.len)
            }
            Type::Enum(list) | Type::Enum64(list) => names(list),
            Type::Int(int) if int.encoding == Encoding::Bool => {
                "`true` or `false` is expected".to_owned()
            }
            Type::Int(_) => {
                let (least, most) = Scalar::of(self, ty)?.range();
                format!("a number from {least} to {most} is expected")
            }
            _ => return None,
        })
    }
}

/// Whether an array of such elements is text.
pub(super) fn is_text(btf: &Btf, element: TypeId) -> bool {
    let Some((_, Type::Int(int))) = btf.resolve(element) else { return false };
    int.size == 1 && (int.encoding == Encoding::Char || int.name == "char")
}

/// The number of a name, by which it may also be given.
pub(super) fn has_number(list: &Enum, number: i128) -> bool {
    list.values.iter().any(|(_, value)| unsigned(list, *value) == number)
}

fn members(composite: &Composite) -> String {
    let names = composite.members.iter().map(|member| member.name.as_str());
    let listed: Vec<String> = names
        .filter(|name| !name.is_empty())
        .take(LISTED)
        .map(|name| format!("{name} = …"))
        .collect();
    format!("members in braces, `{{ {} }}`, are expected", listed.join(", "))
}

fn names(list: &Enum) -> String {
    let listed: Vec<String> =
        list.values.iter().take(LISTED).map(|(name, _)| format!("`{name}`")).collect();
    let more = if list.values.len() > LISTED { ", …" } else { "" };
    format!("one of {}{more} is expected", listed.join(", "))
}
