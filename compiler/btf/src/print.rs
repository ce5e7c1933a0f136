//! Types as text, a line each, in the form of `bpftool btf dump`.

use std::fmt;

use crate::btf::Btf;
use crate::types::{Composite, Encoding, Enum, Linkage, Named, Type, TypeId};

impl fmt::Display for Btf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|(id, ty)| one(f, self, id, ty))
    }
}

fn one(f: &mut fmt::Formatter<'_>, btf: &Btf, id: TypeId, ty: &Type) -> fmt::Result {
    let name = match ty.name() {
        "" => "(anon)",
        name => name,
    };
    write!(f, "[{}] {} '{name}'", id.0, kind(ty))?;
    match ty {
        Type::Int(int) => {
            let encoding = match int.encoding {
                Encoding::Unsigned => "(none)",
                Encoding::Signed => "SIGNED",
                Encoding::Char => "CHAR",
                Encoding::Bool => "BOOL",
            };
            let (size, offset, bits) = (int.size, int.offset, int.bits);
            writeln!(f, " size={size} bits_offset={offset} nr_bits={bits} encoding={encoding}")
        }
        Type::Ptr(to) | Type::Volatile(to) | Type::Const(to) | Type::Restrict(to) => {
            writeln!(f, " type_id={}", to.0)
        }
        Type::Typedef(Named { ty, .. }) => writeln!(f, " type_id={}", ty.0),
        Type::TypeTag(tag) => writeln!(f, " type_id={}", tag.ty.0),
        Type::Array(array) => {
            let (element, index) = (array.element.0, array.index.0);
            writeln!(f, " type_id={element} index_type_id={index} nr_elems={}", array.len)
        }
        Type::Struct(composite) | Type::Union(composite) => members(f, composite),
        Type::Enum(list) => values(f, list, ""),
        Type::Enum64(list) => values(f, list, if list.signed { "LL" } else { "ULL" }),
        Type::Fwd(fwd) => writeln!(f, " fwd_kind={}", if fwd.union { "union" } else { "struct" }),
        Type::Func(global) => {
            writeln!(f, " type_id={} linkage={}", global.ty.0, linkage(global.linkage, false))
        }
        Type::Var(global) => {
            writeln!(f, " type_id={}, linkage={}", global.ty.0, linkage(global.linkage, true))
        }
        Type::FuncProto(proto) => {
            writeln!(f, " ret_type_id={} vlen={}", proto.result.0, proto.params.len())?;
            proto.params.iter().try_for_each(|p| writeln!(f, "\t'{}' type_id={}", p.name, p.ty.0))
        }
        Type::Datasec(section) => {
            writeln!(f, " size={} vlen={}", section.size, section.vars.len())?;
            section.vars.iter().try_for_each(|placed| {
                let (var, offset, size) = (placed.var.0, placed.offset, placed.size);
                write!(f, "\ttype_id={var} offset={offset} size={size}")?;
                match btf.get(placed.var) {
                    Some(ty) => writeln!(f, " ({} '{}')", kind(ty), ty.name()),
                    None => writeln!(f),
                }
            })
        }
        Type::Float(float) => writeln!(f, " size={}", float.size),
        Type::DeclTag(tag) => {
            let component = tag.component.map_or(-1, i64::from);
            writeln!(f, " type_id={} component_idx={component}", tag.ty.0)
        }
    }
}

const fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Int(_) => "INT",
        Type::Ptr(_) => "PTR",
        Type::Array(_) => "ARRAY",
        Type::Struct(_) => "STRUCT",
        Type::Union(_) => "UNION",
        Type::Enum(_) => "ENUM",
        Type::Fwd(_) => "FWD",
        Type::Typedef(_) => "TYPEDEF",
        Type::Volatile(_) => "VOLATILE",
        Type::Const(_) => "CONST",
        Type::Restrict(_) => "RESTRICT",
        Type::Func(_) => "FUNC",
        Type::FuncProto(_) => "FUNC_PROTO",
        Type::Var(_) => "VAR",
        Type::Datasec(_) => "DATASEC",
        Type::Float(_) => "FLOAT",
        Type::DeclTag(_) => "DECL_TAG",
        Type::TypeTag(_) => "TYPE_TAG",
        Type::Enum64(_) => "ENUM64",
    }
}

const fn linkage(linkage: Linkage, variable: bool) -> &'static str {
    match linkage {
        Linkage::Static => "static",
        Linkage::Global if variable => "global-alloc",
        Linkage::Global => "global",
        Linkage::Extern => "extern",
    }
}

fn members(f: &mut fmt::Formatter<'_>, composite: &Composite) -> fmt::Result {
    writeln!(f, " size={} vlen={}", composite.size, composite.members.len())?;
    for member in &composite.members {
        let name = if member.name.is_empty() { "(anon)" } else { &member.name };
        write!(f, "\t'{name}' type_id={} bits_offset={}", member.ty.0, member.offset)?;
        if member.bits > 0 {
            write!(f, " bitfield_size={}", member.bits)?;
        }
        writeln!(f)?;
    }
    Ok(())
}

fn values(f: &mut fmt::Formatter<'_>, list: &Enum, suffix: &str) -> fmt::Result {
    let encoding = if list.signed { "SIGNED" } else { "UNSIGNED" };
    writeln!(f, " encoding={encoding} size={} vlen={}", list.size, list.values.len())?;
    list.values.iter().try_for_each(|(name, value)| {
        if list.signed {
            writeln!(f, "\t'{name}' val={value}{suffix}")
        } else {
            writeln!(f, "\t'{name}' val={}{suffix}", *value as u64)
        }
    })
}
