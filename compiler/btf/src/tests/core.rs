//! CO-RE against types that moved, grew, changed and went.

use crate::{
    Btf, Builder, CoreError, CoreKind, CoreTarget, Encoding, Enum, Member, Resolved, Type,
};
use crate::{Composite, TypeId};

fn value(value: u64) -> Resolved {
    Resolved::Value { value, sizes: None }
}

/// `struct task___mine { int pid; struct { long start; }; int kids[4]; unsigned flags; unsigned
/// nice: 5; }` and `enum state { RUN, STOP }`.
fn local() -> (Btf, TypeId, TypeId) {
    let mut b = Builder::new();
    let int = b.int("int", 4, Encoding::Signed);
    let unsigned = b.int("unsigned int", 4, Encoding::Unsigned);
    let long = b.int("long", 8, Encoding::Signed);
    let inner = b.structure("", 8, &[("start", long, 0)]);
    let kids = b.array(int, 4);
    let member = |name: &str, ty, offset, bits| Member { name: name.to_owned(), ty, offset, bits };
    let members = vec![
        member("pid", int, 0, 0),
        member("", inner, 64, 0),
        member("kids", kids, 128, 0),
        member("flags", unsigned, 256, 0),
        member("nice", unsigned, 288, 5),
    ];
    let task = b.add(Type::Struct(Composite { name: "task___mine".to_owned(), size: 40, members }));
    let values = vec![("RUN".to_owned(), 0), ("STOP".to_owned(), 1)];
    let state =
        b.add(Type::Enum(Enum { name: "state".to_owned(), size: 4, signed: false, values }));
    (b.finish(), task, state)
}

/// `struct task { long pad; unsigned long flags; long start; int kids[2]; int pad: 3; unsigned
/// nice: 7; int pid; }` and `enum state { STOP = 8 }`.
fn target() -> CoreTarget {
    let mut b = Builder::new();
    let int = b.int("int", 4, Encoding::Signed);
    let unsigned = b.int("unsigned int", 4, Encoding::Unsigned);
    let long = b.int("long", 8, Encoding::Signed);
    let flags = b.int("unsigned long", 8, Encoding::Unsigned);
    let kids = b.array(int, 2);
    let member = |name: &str, ty, offset, bits| Member { name: name.to_owned(), ty, offset, bits };
    let members = vec![
        member("pad", long, 0, 0),
        member("flags", flags, 64, 0),
        member("start", long, 128, 0),
        member("kids", kids, 192, 0),
        member("bits", int, 256, 3),
        member("nice", unsigned, 259, 7),
        member("pid", int, 288, 0),
    ];
    b.add(Type::Struct(Composite { name: "task".to_owned(), size: 40, members }));
    let values = vec![("STOP".to_owned(), 8)];
    b.add(Type::Enum(Enum { name: "state".to_owned(), size: 4, signed: false, values }));
    CoreTarget::new(b.finish())
}

#[test]
fn members_are_found_where_they_are() {
    use CoreKind::*;
    let (btf, task, _) = local();
    let target = target();
    let resolve = |access, kind| target.resolve(&btf, task, access, kind);
    assert_eq!(resolve("0:0", FieldByteOffset), Ok(value(36)));
    assert_eq!(resolve("1:0", FieldByteOffset), Ok(value(40 + 36)), "of the second of an array");
    assert_eq!(resolve("0:1:0", FieldByteOffset), Ok(value(16)), "out of a structure without name");
    assert_eq!(resolve("0:2:1", FieldByteOffset), Ok(value(28)));
    assert_eq!(resolve("0:2:3", FieldByteOffset), Ok(Resolved::Missing), "the array is shorter");
    assert_eq!(resolve("0:2:3", FieldExists), Ok(value(0)));
    assert_eq!(resolve("0:2:1", FieldExists), Ok(value(1)));
    assert_eq!(resolve("0:0", FieldSigned), Ok(value(1)));
    let longer = Resolved::Value { value: 8, sizes: Some((4, 8)) };
    assert_eq!(resolve("0:3", FieldByteOffset), Ok(longer));
    assert_eq!(resolve("0:3", FieldByteSize), Ok(value(8)));
    // Bits 3 to 9 of the word at 32.
    assert_eq!(resolve("0:4", FieldByteOffset), Ok(value(32)));
    assert_eq!(resolve("0:4", FieldLeftShift), Ok(value(64 - 10)));
    assert_eq!(resolve("0:4", FieldRightShift), Ok(value(64 - 7)));
    for access in ["", "0:9", "x", "0:0:0", "0:2:9"] {
        assert!(matches!(resolve(access, FieldExists), Err(CoreError::Access { .. })), "{access}");
    }
}

#[test]
fn types_and_values_are_found_by_name() {
    use CoreKind::*;
    let (btf, task, state) = local();
    let target = target();
    let resolve = |ty, access, kind| target.resolve(&btf, ty, access, kind);
    assert_eq!(resolve(task, "0", TypeExists), Ok(value(1)));
    assert_eq!(resolve(task, "0", TypeSize), Ok(value(40)));
    assert_eq!(resolve(task, "0", TypeIdLocal), Ok(value(task.0.into())));
    let there = target.named("task", |_| true).next().expect("the structure");
    assert_eq!(resolve(task, "0", TypeIdTarget), Ok(value(there.0.into())));
    assert_eq!(resolve(task, "0", TypeMatches), Ok(value(0)), "flags is another type");
    assert_eq!(resolve(state, "1", EnumValue), Ok(value(8)));
    assert_eq!(resolve(state, "0", EnumValue), Ok(Resolved::Missing));
    assert_eq!(resolve(state, "0", EnumValueExists), Ok(value(0)));
    let nothing = CoreTarget::new(Btf::default());
    assert_eq!(nothing.resolve(&btf, task, "0", TypeSize), Ok(value(0)));
    assert_eq!(nothing.resolve(&btf, task, "0", TypeIdTarget), Ok(Resolved::Missing));
    let itself = CoreTarget::new(btf.clone());
    assert_eq!(itself.resolve(&btf, task, "0", TypeMatches), Ok(value(1)));
}

#[test]
fn types_that_differ_are_not_chosen_from() {
    let (btf, task, _) = local();
    let mut both = Btf::clone(target().btf());
    let int = both.find(|ty| ty.name() == "int").expect("int");
    let pid = Member { name: "pid".to_owned(), ty: int, offset: 0, bits: 0 };
    both.push(Type::Struct(Composite { name: "task".to_owned(), size: 4, members: vec![pid] }));
    let both = CoreTarget::new(both);
    let ambiguous = Err(CoreError::Ambiguous("task".to_owned()));
    assert_eq!(both.resolve(&btf, task, "0:0", CoreKind::FieldByteOffset), ambiguous);
    assert_eq!(both.resolve(&btf, task, "0:1:0", CoreKind::FieldByteOffset), Ok(value(16)));
}

#[test]
fn what_is_wanted_in_words() {
    use CoreKind::*;
    let (btf, task, state) = local();
    assert_eq!(
        btf.describe_core(task, "0:1:0", FieldExists),
        "member `start` of `struct task___mine`"
    );
    assert_eq!(
        btf.describe_core(task, "0:2:3", FieldByteOffset),
        "member `kids[3]` of `struct task___mine`"
    );
    assert_eq!(btf.describe_core(task, "0", TypeSize), "type `struct task___mine`");
    assert_eq!(btf.describe_core(state, "1", EnumValue), "value `STOP` of `enum state`");
    assert_eq!(btf.describe_core(state, "7", EnumValue), "value 7 of `enum state`");
}

/// A module's types go on from the kernel's, in numbers and in strings.
#[test]
fn types_go_on_from_others() {
    let base = target().btf().clone();
    let base_bytes = base.encode(crate::Strings::default()).expect("types");
    let task = target().named("task", |_| true).next().expect("the structure");
    let strings = u32::from_le_bytes(base_bytes[20..24].try_into().expect("4 bytes"));
    // struct own { struct task *task; }, its own name in its own strings, the member's in the base's.
    let at = base_bytes.windows(6).position(|window| window == b"\0task\0").expect("a string") + 1;
    let types = 24 + u32::from_le_bytes(base_bytes[16..20].try_into().expect("4 bytes"));
    let pointer = base.len() as u32 + 1;
    let words = [
        [0, 2 << 24, task.0].as_slice(),
        &[strings + 1, 4 << 24 | 1, 8, at as u32 - types, pointer, 0],
    ]
    .concat();
    let mut bytes = vec![0x9f, 0xeb, 1, 0];
    bytes.extend([24u32, 0, 36, 36, 5].into_iter().flat_map(u32::to_le_bytes));
    bytes.extend(words.into_iter().flat_map(u32::to_le_bytes));
    bytes.extend(b"\0own\0");
    let split = Btf::decode_split(&bytes, base.clone(), &base_bytes).expect("a module's");
    assert_eq!((split.len(), split.iter().count()), (base.len() + 2, 2));
    let (own, composite) = split.iter().nth(1).expect("the structure");
    assert_eq!((own.0, composite.name()), (pointer + 1, "own"));
    let Type::Struct(composite) = composite else { panic!("{composite:?}") };
    assert_eq!(composite.members[0].name, "task");
    assert_eq!(split.describe(composite.members[0].ty), "struct task *");
    assert_eq!(split.get(task), base.get(task));
    assert_eq!(split.encode(crate::Strings::default()), Err(crate::Error::Split));
    // Without the base its types lead nowhere.
    assert!(Btf::decode(&bytes).is_err());
}
