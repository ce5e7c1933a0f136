//! The kinds of type that BTF has (the kernel's `Documentation/bpf/btf.rst` section 2).

/// Number of a type in its [`Btf`](crate::Btf): 0 is `void`, the first type is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub u32);

impl TypeId {
    /// No type at all, in C `void`.
    pub const VOID: Self = Self(0);
}

/// One type. Names may be empty where C allows types without one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// An integer.
    Int(Int),
    /// A pointer to a type.
    Ptr(TypeId),
    /// An array.
    Array(Array),
    /// A structure.
    Struct(Composite),
    /// A union.
    Union(Composite),
    /// An enumeration with values of 32 bits.
    Enum(Enum),
    /// A structure or union of which only the name is known.
    Fwd(Fwd),
    /// Another name for a type.
    Typedef(Named),
    /// `volatile` of a type.
    Volatile(TypeId),
    /// `const` of a type.
    Const(TypeId),
    /// `restrict` of a type.
    Restrict(TypeId),
    /// A function; its type is a [`Type::FuncProto`].
    Func(Global),
    /// Parameters and result of functions.
    FuncProto(FuncProto),
    /// A global variable.
    Var(Global),
    /// The variables of an ELF section.
    Datasec(Datasec),
    /// A floating-point number of `size` bytes.
    Float(Float),
    /// An attribute of a declaration.
    DeclTag(DeclTag),
    /// An attribute of a type.
    TypeTag(TypeTag),
    /// An enumeration with values of 64 bits.
    Enum64(Enum),
}

/// How an integer is to be understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// An unsigned number.
    #[default]
    Unsigned,
    /// A signed number.
    Signed,
    /// A character.
    Char,
    /// A truth value.
    Bool,
}

/// An integer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Int {
    /// Its name in C.
    pub name: String,
    /// Size in bytes.
    pub size: u32,
    /// How it is to be understood.
    pub encoding: Encoding,
    /// Offset of the value in the integer, in bits; 0 but for old bit fields.
    pub offset: u8,
    /// Width of the value in bits, at most 128.
    pub bits: u8,
}

/// An array.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Array {
    /// Type of the elements.
    pub element: TypeId,
    /// Type of the index, an integer.
    pub index: TypeId,
    /// Number of elements.
    pub len: u32,
}

/// A structure or union.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Composite {
    /// Its tag, or empty.
    pub name: String,
    /// Size in bytes.
    pub size: u32,
    /// Members in their order.
    pub members: Vec<Member>,
}

/// A member of a structure or union.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// Its name, or empty.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// Offset in bits; below 2^24 if any member of the structure is a bit field.
    pub offset: u32,
    /// Width of a bit field in bits, 0 for other members.
    pub bits: u8,
}

/// An enumeration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Enum {
    /// Its tag, or empty.
    pub name: String,
    /// Size in bytes.
    pub size: u32,
    /// Whether values are signed.
    pub signed: bool,
    /// Names with values. An unsigned value of 64 bits stands as the signed one of equal bits.
    pub values: Vec<(String, i64)>,
}

/// A forward declaration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fwd {
    /// The tag.
    pub name: String,
    /// Whether it is a union.
    pub union: bool,
}

/// A name for a type; also a parameter, which may have none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The type.
    pub ty: TypeId,
}

/// Who sees a function or variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Linkage {
    /// Its file only. The kernel verifies such a function together with its callers.
    Static,
    /// Everyone. The kernel verifies such a function alone.
    Global,
    /// It is defined elsewhere.
    Extern,
}

/// A function or global variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Global {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// Who sees it.
    pub linkage: Linkage,
}

/// Parameters and result of functions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FuncProto {
    /// Type of the result.
    pub result: TypeId,
    /// The parameters; a last one without name and type stands for `...`.
    pub params: Vec<Named>,
}

/// The variables of an ELF section.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Datasec {
    /// Name of the section.
    pub name: String,
    /// Size in bytes; the kernel wants it above 0, clang writes 0 and leaves it to the loader.
    pub size: u32,
    /// The variables in the order of their offsets.
    pub vars: Vec<Placed>,
}

/// A variable in its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Placed {
    /// The [`Type::Var`], or for externs the [`Type::Func`].
    pub var: TypeId,
    /// Offset in the section, in bytes.
    pub offset: u32,
    /// Size in bytes.
    pub size: u32,
}

/// A floating-point number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Float {
    /// Its name in C.
    pub name: String,
    /// Size in bytes.
    pub size: u32,
}

/// An attribute of a declaration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeclTag {
    /// The attribute's text.
    pub name: String,
    /// What was declared: structure, union, function, variable or typedef.
    pub ty: TypeId,
    /// The member or parameter that it belongs to; `None` is the declaration itself.
    pub component: Option<u32>,
    /// Whether the text is an attribute of C and not a tag's.
    pub attribute: bool,
}

/// An attribute of a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TypeTag {
    /// The attribute's text.
    pub name: String,
    /// The type.
    pub ty: TypeId,
    /// Whether the text is an attribute of C and not a tag's.
    pub attribute: bool,
}

macro_rules! core_kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal,)*) => {
        /// What a CO-RE relocation wants to know (`enum bpf_core_relo_kind` of the kernel's
        /// `include/uapi/linux/bpf.h`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum CoreKind {
            $($(#[$doc])* $kind = $code,)*
        }

        impl CoreKind {
            /// The number in `.BTF.ext`.
            pub const fn code(self) -> u32 {
                self as u32
            }

            /// The kind of a number.
            pub const fn from_code(code: u32) -> Option<Self> {
                match code {
                    $($code => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

core_kinds! {
    /// Offset of a member in bytes.
    FieldByteOffset = 0,
    /// Size of a member in bytes.
    FieldByteSize = 1,
    /// 1 if the member exists.
    FieldExists = 2,
    /// 1 if the member is signed.
    FieldSigned = 3,
    /// How far a bit field, read as 64 bits, is shifted to the left to lose what is above it.
    FieldLeftShift = 4,
    /// How far it is then shifted to the right.
    FieldRightShift = 5,
    /// Number of the type in the object itself.
    TypeIdLocal = 6,
    /// Number of the type in the kernel.
    TypeIdTarget = 7,
    /// 1 if a type of the name and sort exists.
    TypeExists = 8,
    /// Size of the type in bytes.
    TypeSize = 9,
    /// 1 if the value of an enumeration exists.
    EnumValueExists = 10,
    /// The value of an enumeration.
    EnumValue = 11,
    /// 1 if a type exists that agrees in every member.
    TypeMatches = 12,
}

impl Type {
    /// The type's own name, empty if it has none.
    pub fn name(&self) -> &str {
        match self {
            Self::Int(int) => &int.name,
            Self::Struct(composite) | Self::Union(composite) => &composite.name,
            Self::Enum(list) | Self::Enum64(list) => &list.name,
            Self::Fwd(fwd) => &fwd.name,
            Self::Typedef(named) => &named.name,
            Self::Func(global) | Self::Var(global) => &global.name,
            Self::Datasec(section) => &section.name,
            Self::Float(float) => &float.name,
            Self::DeclTag(tag) => &tag.name,
            Self::TypeTag(tag) => &tag.name,
            Self::Ptr(_)
            | Self::Array(_)
            | Self::Volatile(_)
            | Self::Const(_)
            | Self::Restrict(_)
            | Self::FuncProto(_) => "",
        }
    }

    /// All types that this one names.
    pub fn references(&self) -> Vec<TypeId> {
        match self {
            Self::Int(_) | Self::Enum(_) | Self::Enum64(_) | Self::Fwd(_) | Self::Float(_) => {
                Vec::new()
            }
            Self::Ptr(ty) | Self::Volatile(ty) | Self::Const(ty) | Self::Restrict(ty) => vec![*ty],
            Self::Array(array) => vec![array.element, array.index],
            Self::Struct(composite) | Self::Union(composite) => {
                composite.members.iter().map(|member| member.ty).collect()
            }
            Self::Typedef(named) => vec![named.ty],
            Self::Func(global) | Self::Var(global) => vec![global.ty],
            Self::FuncProto(proto) => {
                let params = proto.params.iter().map(|param| param.ty);
                std::iter::once(proto.result).chain(params).collect()
            }
            Self::Datasec(section) => section.vars.iter().map(|placed| placed.var).collect(),
            Self::DeclTag(tag) => vec![tag.ty],
            Self::TypeTag(tag) => vec![tag.ty],
        }
    }
}
