//! Round trips through bytes, and the same types as other programs see them.

mod core;
mod view;

use std::process::Command;

use super::*;

/// A type of every kind, with what an entry program needs first.
fn every_kind() -> Btf {
    let mut b = Builder::new();
    let int = b.int("int", 4, Encoding::Signed);
    let u32 = b.int("unsigned int", 4, Encoding::Unsigned);
    let byte = b.int("char", 1, Encoding::Char);
    let alias = b.typedef("__u32", u32);
    let xdp_md = b.structure("xdp_md", 8, &[("data", alias, 0), ("data_end", alias, 4)]);
    let context = b.ptr(xdp_md);
    let proto = b.proto(int, &[("ctx", context)]);
    let func = b.func("filter", proto, Linkage::Global);
    let license = b.array(byte, 4);
    let var = b.var("_license", license, Linkage::Static);
    b.datasec("license", 4, vec![Placed { var, offset: 0, size: 4 }]);

    let name = str::to_owned;
    let constant = b.constant(byte);
    let volatile = b.add(Type::Volatile(constant));
    let pointer = b.ptr(volatile);
    b.add(Type::Restrict(pointer));
    b.add(Type::Fwd(Fwd { name: name("later"), union: true }));
    b.add(Type::Float(Float { name: name("double"), size: 8 }));
    let bits = vec![
        Member { name: name("low"), ty: u32, offset: 0, bits: 3 },
        Member { name: name("high"), ty: u32, offset: 3, bits: 29 },
    ];
    b.add(Type::Union(Composite { name: String::new(), size: 4, members: bits }));
    let values = vec![(name("MINUS"), -1), (name("MOST"), i32::MAX.into())];
    b.add(Type::Enum(Enum { name: name("signed"), size: 4, signed: true, values }));
    let values = vec![(name("ALL"), u32::MAX.into())];
    b.add(Type::Enum(Enum { name: name("unsigned"), size: 4, signed: false, values }));
    let values = vec![(name("WIDE"), -1), (name("BIT40"), 1 << 40)];
    b.add(Type::Enum64(Enum { name: name("wide"), size: 8, signed: false, values }));
    let component = Some(0);
    b.add(Type::DeclTag(DeclTag { name: name("arg"), ty: func, component, attribute: false }));
    b.add(Type::TypeTag(TypeTag { name: name("user"), ty: byte, attribute: false }));
    b.finish()
}

fn ext() -> Ext {
    let line = |offset, text: &str, column| LineInfo {
        offset,
        file: "filter.pcapf".to_owned(),
        text: text.to_owned(),
        line: 1,
        column,
    };
    let records = vec![line(0, "tcp port 80", 1), line(16, "tcp port 80", 5)];
    let core = CoreRelocation {
        offset: 8,
        ty: TypeId(5),
        access: "0:1".to_owned(),
        kind: CoreKind::FieldByteOffset,
    };
    let name = || "xdp".to_owned();
    Ext {
        functions: vec![Section {
            name: name(),
            records: vec![FuncInfo { offset: 0, function: TypeId(8) }],
        }],
        lines: vec![Section { name: name(), records }],
        relocations: vec![Section { name: name(), records: vec![core] }],
    }
}

fn encoded() -> (Vec<u8>, Vec<u8>) {
    let mut strings = Strings::default();
    let ext = ext().encode(&mut strings);
    (every_kind().encode(strings).expect("within limits"), ext)
}

#[test]
fn types_survive_encoding() {
    let (btf, ext_bytes) = encoded();
    assert_eq!(Btf::decode(&btf), Ok(every_kind()));
    assert_eq!(Ext::decode(&ext_bytes, &btf), Ok(ext()));
}

#[test]
fn a_pointer_has_the_bytes_that_the_format_says() {
    let mut b = Builder::new();
    let int = b.int("int", 4, Encoding::Signed);
    b.ptr(int);
    let mut expected = vec![0x9f, 0xeb, 1, 0];
    for word in [24, 0, 28, 28, 5u32] {
        expected.extend(word.to_le_bytes());
    }
    for word in [1, 0x0100_0000, 4, 0x0100_0020, 0, 0x0200_0000, 1u32] {
        expected.extend(word.to_le_bytes());
    }
    expected.extend(b"\0int\0");
    assert_eq!(b.finish().encode(Strings::default()), Ok(expected));
}

#[test]
fn records_have_the_sizes_that_loaders_demand() {
    let (btf, bytes) = encoded();
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
    assert_eq!(word(4), 32);
    let parts: Vec<(u32, u32)> = (0..3).map(|n| (word(8 + 8 * n), word(12 + 8 * n))).collect();
    assert_eq!(parts, [(0, 4 + 8 + 8), (20, 4 + 8 + 2 * 16), (64, 4 + 8 + 16)]);
    assert_eq!([word(32), word(52), word(96)], [8, 16, 16]);
    assert!(Ext::decode(&bytes[..32], &btf).is_err());
}

#[test]
fn an_empty_section_is_not_written() {
    let functions = vec![Section { name: "xdp".to_owned(), records: Vec::new() }];
    let ext = Ext { functions, ..Ext::default() };
    assert!(ext.is_empty());
    assert_eq!(ext.encode(&mut Strings::default()).len(), 32);
}

#[test]
fn what_was_made_is_not_made_again() {
    let mut b = Builder::from(every_kind());
    let before = b.btf().len();
    let int = b.int("int", 4, Encoding::Signed);
    assert_eq!((int, b.btf().len()), (TypeId(1), before));
    let long = b.int("long", 8, Encoding::Signed);
    assert_eq!(long.0 as usize, before + 1);
}

#[test]
fn sizes_are_seen_through_names_and_arrays() {
    let mut b = Builder::new();
    let u16 = b.int("short", 2, Encoding::Signed);
    let alias = b.typedef("port", u16);
    let constant = b.constant(alias);
    let row = b.array(constant, 3);
    let table = b.array(row, 5);
    let var = b.var("table", table, Linkage::Global);
    let pointer = b.ptr(table);
    let proto = b.proto(TypeId::VOID, &[]);
    let huge = b.array(table, u32::MAX);
    // A typedef of itself: the kernel refuses it, bytes may say it.
    let own = TypeId(b.btf().len() as u32 + 1);
    let cycle = b.typedef("cycle", own);
    let btf = b.finish();
    let sizes = [table, var, pointer, proto, huge, cycle, TypeId::VOID, TypeId(999)];
    let sizes = sizes.map(|id| btf.size_of(id));
    assert_eq!(sizes, [Some(30), Some(30), Some(8), None, None, None, None, None]);
}

#[test]
fn bad_bytes_give_the_reason() {
    let (btf, ext) = encoded();
    let with = |at: usize, byte: u8| {
        let mut bytes = btf.clone();
        bytes[at] = byte;
        Btf::decode(&bytes)
    };
    assert_eq!(Btf::decode(&[]), Err(Error::Truncated));
    assert_eq!(Btf::decode(&btf[..20]), Err(Error::Header));
    assert_eq!(Btf::decode(&btf[..30]), Err(Error::Header));
    assert_eq!(with(0, 0xeb), Err(Error::Magic));
    assert_eq!(with(2, 2), Err(Error::Version(2)));
    assert_eq!(with(4, 23), Err(Error::Header));
    assert_eq!(with(27, 0xff), Err(Error::String(0xff00_0000 | u32::from(btf[24]))));
    assert_eq!(with(31, 20), Err(Error::Kind(20)));
    assert_eq!(with(39, 3), Err(Error::Malformed(TypeId(1))));
    assert_eq!(Ext::decode(&ext[..31], &btf), Err(Error::Header));

    let mut short = ext.clone();
    short[32] = 4;
    assert_eq!(Ext::decode(&short, &btf), Err(Error::Record(4)));

    let mut dangling = Btf::default();
    dangling.push(Type::Ptr(TypeId(2)));
    let bytes = dangling.encode(Strings::default()).expect("within limits");
    let error = Error::Dangling { from: TypeId(1), to: TypeId(2) };
    assert_eq!(Btf::decode(&bytes), Err(error));
}

#[test]
fn any_change_of_a_byte_is_read_or_refused() {
    let (btf, ext) = encoded();
    let mut accepted = 0;
    for at in 0..btf.len() {
        for bit in 0..8 {
            let mut bytes = btf.clone();
            bytes[at] ^= 1 << bit;
            accepted += u32::from(Btf::decode(&bytes).is_ok());
            let _ = Ext::decode(&ext, &bytes);
        }
        assert!(at < 24 || Btf::decode(&btf[..at]).is_err());
    }
    for at in 0..ext.len() {
        for bit in 0..8 {
            let mut bytes = ext.clone();
            bytes[at] ^= 1 << bit;
            let _ = Ext::decode(&bytes, &btf);
        }
        let _ = Ext::decode(&ext[..at], &btf);
    }
    assert!(accepted > 0);
}

#[test]
fn limits_of_the_format_are_kept() {
    let params = vec![Named { name: "x".to_owned(), ty: TypeId::VOID }; 0x1_0000];
    let mut btf = Btf::default();
    btf.push(Type::FuncProto(FuncProto { result: TypeId::VOID, params }));
    assert_eq!(btf.encode(Strings::default()), Err(Error::TooLarge));

    let member = |offset, bits| Member { name: "m".to_owned(), ty: TypeId(1), offset, bits };
    let members = vec![member(0, 1), member(1 << 24, 0)];
    let mut btf = Btf::default();
    btf.push(Type::Struct(Composite { name: String::new(), size: 4, members }));
    assert_eq!(btf.encode(Strings::default()), Err(Error::Malformed(TypeId(1))));
}

#[test]
fn the_kernels_own_types_survive() {
    let Ok(bytes) = std::fs::read("/sys/kernel/btf/vmlinux") else {
        eprintln!("skipped: the kernel has no BTF");
        return;
    };
    let btf = Btf::decode(&bytes).expect("the kernel's BTF");
    let again = btf.encode(Strings::default()).expect("within limits");
    assert!(Btf::decode(&again).expect("our BTF") == btf);
    let skb = btf.find(|ty| matches!(ty, Type::Struct(_)) && ty.name() == "__sk_buff");
    assert_eq!(skb.and_then(|id| btf.size_of(id)), Some(192));
}

#[test]
fn bpftool_sees_the_same_types() {
    let path = std::env::temp_dir().join(format!("nbpfc-btf-{}.btf", std::process::id()));
    std::fs::write(&path, encoded().0).expect("a temporary file");
    let output = Command::new("bpftool").args(["btf", "dump", "file"]).arg(&path).output();
    std::fs::remove_file(&path).expect("the file just written");
    let Ok(output) = output else {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "bpftool is not installed");
        eprintln!("skipped: bpftool is not installed");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ours = Btf::decode(&encoded().0).expect("our own bytes").to_string();
    assert_eq!(ours, text);
}
