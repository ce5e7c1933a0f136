//! What a relocation wants, in words.

use crate::btf::Btf;
use crate::types::{CoreKind, Type, TypeId};

impl Btf {
    /// What a CO-RE relocation of these types wants, such as ``member `a.b` of `struct x` ``.
    pub fn describe_core(&self, ty: TypeId, access: &str, kind: CoreKind) -> String {
        let root = self.describe(ty);
        match kind {
            CoreKind::FieldByteOffset
            | CoreKind::FieldByteSize
            | CoreKind::FieldExists
            | CoreKind::FieldSigned
            | CoreKind::FieldLeftShift
            | CoreKind::FieldRightShift => match self.path(ty, access) {
                Some(path) if !path.is_empty() => format!("member `{path}` of `{root}`"),
                _ => format!("type `{root}`"),
            },
            CoreKind::EnumValueExists | CoreKind::EnumValue => match self.enumerator(ty, access) {
                Some(name) => format!("value `{name}` of `{root}`"),
                None => format!("value {access} of `{root}`"),
            },
            CoreKind::TypeIdLocal
            | CoreKind::TypeIdTarget
            | CoreKind::TypeExists
            | CoreKind::TypeSize
            | CoreKind::TypeMatches => format!("type `{root}`"),
        }
    }

    /// Such as `a.b[3].c` for `0:0:1:3:2`.
    fn path(&self, ty: TypeId, access: &str) -> Option<String> {
        let mut path = String::new();
        let mut at = ty;
        for number in access.split(':').skip(1) {
            let number: usize = number.parse().ok()?;
            match self.resolve(at)?.1 {
                Type::Struct(composite) | Type::Union(composite) => {
                    let member = composite.members.get(number)?;
                    if !member.name.is_empty() {
                        path += if path.is_empty() { "" } else { "." };
                        path += &member.name;
                    }
                    at = member.ty;
                }
                Type::Array(array) => {
                    path.push_str(&["[", &number.to_string(), "]"].concat());
                    at = array.element;
                }
                _ => return None,
            }
        }
        Some(path)
    }

    fn enumerator(&self, ty: TypeId, access: &str) -> Option<&str> {
        let (_, Type::Enum(list) | Type::Enum64(list)) = self.resolve(ty)? else { return None };
        list.values.get(access.parse::<usize>().ok()?).map(|(name, _)| name.as_str())
    }
}
