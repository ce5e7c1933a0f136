//! What is neither a type of programs or maps nor a helper.

use std::os::fd::{AsFd, AsRawFd};

use nbpfc_btf::{Builder, DeclTag, Encoding, Enum, Float, Linkage, Placed, Strings, Type, TypeTag};
use nbpfc_isa::{AluOp, AtomicOp, Bits, Insn, JmpOp, Pseudo, Reg, Size, Src};
use nbpfc_kernel::{MapKind, ProgramType, Version};

use super::programs::{returning, smallest};
use super::refused;
use crate::btf::Btf;
use crate::errno::Errno;
use crate::error::Error;
use crate::map::{Map, MapOptions};
use crate::program::{LoadOptions, Program};

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident = $major:literal . $minor:literal;)*) => {
        /// Something that a kernel has or has not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Feature {
            $($(#[$doc])* $name,)*
        }

        impl Feature {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The first kernel that has it; kernels of distributions may have it earlier, and
            /// some builds leave it out.
            pub const fn since(self) -> Version {
                match self {
                    $(Self::$name => Version::new($major, $minor),)*
                }
            }
        }
    };
}

features! {
    /// Types at all.
    Btf = 4 . 18;
    /// Types of functions, and lines.
    BtfFunctions = 5 . 0;
    /// Types of variables and sections.
    BtfSections = 5 . 2;
    /// Functions that are verified alone.
    BtfGlobalFunctions = 5 . 6;
    /// Floating-point types.
    BtfFloats = 5 . 13;
    /// Attributes of declarations.
    BtfDeclarationTags = 5 . 16;
    /// Attributes of types.
    BtfTypeTags = 5 . 17;
    /// Enumerations of 64 bits, and signed ones.
    BtfEnum64 = 6 . 0;
    /// Addresses of global data.
    GlobalData = 5 . 2;
    /// Maps that programs cannot write.
    ReadOnlyMaps = 5 . 2;
    /// Arrays whose memory a process shares.
    SharedArrays = 5 . 5;
    /// Many elements of a map with one system call.
    Batches = 5 . 6;
    /// More than 4096 instructions.
    LongPrograms = 5 . 2;
    /// Loops that end.
    Loops = 5 . 3;
    /// Comparisons of 32 bits, instructions of level v3.
    Jumps32 = 5 . 1;
    /// Atomic operations that give the old value.
    AtomicFetch = 5 . 12;
    /// Functions of a program as callbacks.
    Callbacks = 5 . 13;
    /// Sign extension and unconditional byte swaps, instructions of level v4.
    SignExtension = 6 . 6;
    /// Calls of functions of the kernel.
    KernelFunctions = 5 . 13;
    /// XDP programs for packets in several buffers.
    XdpFragments = 5 . 18;
}

pub(super) fn has(feature: Feature) -> Result<bool, Error> {
    match feature {
        Feature::Btf
        | Feature::BtfFunctions
        | Feature::BtfSections
        | Feature::BtfGlobalFunctions
        | Feature::BtfFloats
        | Feature::BtfDeclarationTags
        | Feature::BtfTypeTags
        | Feature::BtfEnum64 => loads_types(feature),
        Feature::GlobalData => {
            let map = match array(0) {
                Ok(map) => map,
                Err(error) => return refused(error),
            };
            let mut insns = Insn::ld_map_value(Reg(1), map.as_fd().as_raw_fd(), 0).to_vec();
            insns.extend(returning(0));
            loads(ProgramType::SocketFilter, &insns)
        }
        // BPF_F_RDONLY_PROG and BPF_F_MMAPABLE
        Feature::ReadOnlyMaps => array(1 << 7).map(|_| true).or_else(refused),
        Feature::SharedArrays => array(1 << 10).map(|_| true).or_else(refused),
        Feature::Batches => batches(),
        Feature::LongPrograms => {
            let mut insns = vec![returning(0)[0]; 5000];
            insns.push(Insn::exit());
            loads(ProgramType::SocketFilter, &insns)
        }
        Feature::Loops => {
            let insns = [
                set(2, 0),
                Insn::alu(Bits::B64, AluOp::Add, Reg(2), Src::Imm(1)),
                Insn::jump(Bits::B64, JmpOp::Lt, Reg(2), Src::Imm(4), -2),
                set(0, 0),
                Insn::exit(),
            ];
            loads(ProgramType::SocketFilter, &insns)
        }
        Feature::Jumps32 => {
            let jump = Insn::jump(Bits::B32, JmpOp::Eq, Reg(0), Src::Imm(1), 0);
            loads(ProgramType::SocketFilter, &[set(0, 0), jump, Insn::exit()])
        }
        Feature::AtomicFetch => {
            let insns = [
                set(0, 0),
                Insn::store(Size::DW, Reg(10), -8, Reg(0)),
                Insn::atomic(Size::DW, AtomicOp::FetchAdd, Reg(10), -8, Reg(0)),
                set(0, 0),
                Insn::exit(),
            ];
            loads(ProgramType::SocketFilter, &insns)
        }
        Feature::Callbacks => callbacks(),
        Feature::SignExtension => {
            let insns = [
                set(0, 0),
                Insn::mov_sx(Bits::B64, Reg(0), Reg(0), 8),
                Insn::bswap(16, Reg(0)),
                Insn::exit(),
            ];
            loads(ProgramType::SocketFilter, &insns)
        }
        Feature::KernelFunctions => kernel_functions(),
        Feature::XdpFragments => {
            let insns = returning(2);
            // BPF_F_XDP_HAS_FRAGS
            let options = LoadOptions { flags: 1 << 5, ..smallest(ProgramType::Xdp, &insns) };
            Program::load(&options).map(|_| true).or_else(refused)
        }
    }
}

fn set(register: u8, number: i32) -> Insn {
    Insn::alu(Bits::B64, AluOp::Mov, Reg(register), Src::Imm(number))
}

fn loads(kind: ProgramType, insns: &[Insn]) -> Result<bool, Error> {
    Program::load(&smallest(kind, insns)).map(|_| true).or_else(refused)
}

fn array(flags: u32) -> Result<Map, Error> {
    let map_type = MapKind::Array.number();
    let sizes = MapOptions { key_size: 4, value_size: 8, max_entries: 1, ..Default::default() };
    Map::create(&MapOptions { map_type, flags, ..sizes })
}

/// Whether the kernel takes types of the sort that a feature is about.
fn loads_types(feature: Feature) -> Result<bool, Error> {
    let mut builder = Builder::new();
    let int = builder.int("int", 4, Encoding::Signed);
    match feature {
        Feature::BtfFunctions | Feature::BtfGlobalFunctions => {
            let proto = builder.proto(int, &[("a", int)]);
            let global = feature == Feature::BtfGlobalFunctions;
            builder.func("f", proto, if global { Linkage::Global } else { Linkage::Static });
        }
        Feature::BtfSections => {
            let var = builder.var("v", int, Linkage::Static);
            builder.datasec("s", 4, vec![Placed { var, offset: 0, size: 4 }]);
        }
        Feature::BtfFloats => {
            builder.add(Type::Float(Float { name: "float".to_owned(), size: 4 }));
        }
        Feature::BtfDeclarationTags => {
            let ty = builder.var("v", int, Linkage::Static);
            let name = "tag".to_owned();
            builder.add(Type::DeclTag(DeclTag { name, ty, component: None, attribute: false }));
        }
        Feature::BtfTypeTags => {
            let name = "tag".to_owned();
            let tag = builder.add(Type::TypeTag(TypeTag { name, ty: int, attribute: false }));
            builder.ptr(tag);
        }
        Feature::BtfEnum64 => {
            let values = vec![("a".to_owned(), 0)];
            let list = Enum { name: String::new(), size: 8, signed: false, values };
            builder.add(Type::Enum64(list));
        }
        _ => {}
    }
    let bytes = builder.finish().encode(Strings::default());
    let bytes = bytes.map_err(|error| Error::Object(error.to_string()))?;
    Btf::load(&bytes).map(|_| true).or_else(refused)
}

fn batches() -> Result<bool, Error> {
    let map_type = MapKind::Hash.number();
    let sizes = MapOptions { key_size: 4, value_size: 4, max_entries: 1, ..Default::default() };
    let map = Map::create(&MapOptions { map_type, ..sizes })?;
    match map.lookup_batches() {
        Ok(_) => Ok(true),
        Err(errno) => refused(Error::from_errno("read a map", errno, "CAP_BPF")),
    }
}

/// A program with a function whose address it takes; that takes types of both.
fn callbacks() -> Result<bool, Error> {
    let mut builder = Builder::new();
    let int = builder.int("int", 4, Encoding::Signed);
    let proto = builder.proto(int, &[]);
    let main = builder.func("main", proto, Linkage::Static);
    let other = builder.func("other", proto, Linkage::Static);
    let bytes = builder.finish().encode(Strings::default());
    let bytes = bytes.map_err(|error| Error::Object(error.to_string()))?;
    let btf = match Btf::load(&bytes) {
        Ok(btf) => btf,
        Err(error) => return refused(error),
    };
    let mut insns = Insn::ld_pseudo(Reg(1), Pseudo::Func, 3, 0).to_vec();
    insns.extend(returning(0));
    insns.extend(returning(0));
    let records = [0, main.0, 4, other.0].map(u32::to_ne_bytes).concat();
    let info = crate::program::BtfInfo {
        btf: &btf,
        func_info: &records,
        func_info_size: 8,
        line_info: &[],
        line_info_size: 0,
    };
    let options = LoadOptions { btf: Some(info), ..smallest(ProgramType::SocketFilter, &insns) };
    Program::load(&options).map(|_| true).or_else(refused)
}

/// A call of a function that is none: a kernel that has such calls says so, others know no call.
fn kernel_functions() -> Result<bool, Error> {
    let insns = [Insn::call_kfunc(0, 1), set(0, 0), Insn::exit()];
    match Program::load(&smallest(ProgramType::SchedCls, &insns)) {
        Ok(_) => Ok(true),
        Err(Error::Rejected { errno, log }) => {
            Ok(errno != Errno::EINVAL || log.contains("kernel") && log.contains("func"))
        }
        Err(error) => refused(error),
    }
}
