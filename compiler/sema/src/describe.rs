//! Types as they are written, for diagnostics.

use crate::checker::Checker;
use crate::types::Type;

impl Checker<'_> {
    /// A type as the language writes it.
    pub(crate) fn type_name(&self, ty: &Type) -> String {
        let program = &self.program;
        match ty {
            Type::Error => "?".to_owned(),
            Type::Never => "never".to_owned(),
            Type::Unit => "nothing".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Int(int) => format!("{}{}", if int.signed { 'i' } else { 'u' }, int.bits),
            Type::Ipv4Addr => "ipv4addr".to_owned(),
            Type::Ipv6Addr => "ipv6addr".to_owned(),
            Type::MacAddr => "macaddr".to_owned(),
            Type::Ipv4Prefix => "ipv4prefix".to_owned(),
            Type::Ipv6Prefix => "ipv6prefix".to_owned(),
            Type::Lock => "spin_lock".to_owned(),
            Type::Text => "text".to_owned(),
            Type::Rest(_) => "repeated part".to_owned(),
            Type::Enum(id) => program.enums[*id].name.clone(),
            Type::Struct(id) => program.structs[*id].name.clone(),
            Type::Verdict(id) => format!("verdict of {}", program.hooks[*id].name),
            Type::Packet(_) => "packet".to_owned(),
            Type::Header(id) => program.headers[*id].name.clone(),
            Type::Inner(id) => format!("inside {}", program.headers[*id].name),
            Type::Bytes(None) => "bytes".to_owned(),
            Type::Bytes(Some(count)) => format!("{count} bytes"),
            Type::Array(element, count) => format!("[{}; {count}]", self.type_name(element)),
            Type::Set(element) => format!("set<{}>", self.type_name(element)),
            Type::Map(id) => format!("map `{}`", program.maps[*id].name),
            Type::Ref(inner) => self.type_name(inner),
            Type::MapIn(id) => format!("map like `{}`", program.maps[*id].name),
            Type::Socket => "socket".to_owned(),
            Type::Record(inner) => format!("record of {}", self.type_name(inner)),
            Type::Optional(inner) => format!("{}?", self.type_name(inner)),
        }
    }
}
