//! Values in memory: printed, taken apart, made.

use crate::Composite;
use crate::{Btf, Builder, Encoding, Enum, Member, Type, TypeId, Value, View};

/// `struct flow { __be32 addr; unsigned short port; char name[6]; enum side side; int balance;
/// bool seen; unsigned low: 3; int high: 5; unsigned counts[2]; }`.
fn flow() -> (Btf, TypeId) {
    let mut b = Builder::new();
    let u32 = b.int("unsigned int", 4, Encoding::Unsigned);
    let be32 = b.typedef("__be32", u32);
    let u16 = b.int("unsigned short", 2, Encoding::Unsigned);
    let int = b.int("int", 4, Encoding::Signed);
    let char = b.int("char", 1, Encoding::Signed);
    let bool = b.int("_Bool", 1, Encoding::Bool);
    let name = b.array(char, 6);
    let counts = b.array(u32, 2);
    let values = vec![("IN".to_owned(), 0), ("OUT".to_owned(), 1)];
    let side = b.add(Type::Enum(Enum { name: "side".to_owned(), size: 4, signed: false, values }));
    let member = |name: &str, ty, offset, bits| Member { name: name.to_owned(), ty, offset, bits };
    let members = vec![
        member("addr", be32, 0, 0),
        member("port", u16, 32, 0),
        member("name", name, 48, 0),
        member("side", side, 96, 0),
        member("balance", int, 128, 0),
        member("seen", bool, 160, 0),
        member("low", u32, 168, 3),
        member("high", int, 171, 5),
        member("counts", counts, 192, 0),
    ];
    let ty = b.add(Type::Struct(Composite { name: "flow".to_owned(), size: 32, members }));
    (b.finish(), ty)
}

fn bytes() -> Vec<u8> {
    let mut bytes = vec![10, 0, 0, 1, 80, 0];
    bytes.extend(b"web\0\0\0");
    bytes.extend([1, 0, 0, 0]);
    bytes.extend((-7i32).to_le_bytes());
    // low = 5, high = -2
    bytes.extend([1, 5 | 0b11110 << 3, 0, 0]);
    bytes.extend([3, 0, 0, 0, 4, 0, 0, 0]);
    bytes
}

#[test]
fn structures_print_as_in_c() {
    let (btf, ty) = flow();
    let bytes = bytes();
    let view = View::new(&btf, ty, &bytes);
    assert_eq!(
        view.to_string(),
        "{ .addr = 167772161, .port = 80, .name = \"web\", .side = OUT, .balance = -7, \
         .seen = true, .low = 5, .high = -2, .counts = [3, 4] }"
    );
    let number = |name| view.member(name).and_then(|member| member.number());
    assert_eq!((number("addr"), number("high")), (Some(0x0a00_0001), Some(-2)));
    assert_eq!(number("nothing"), None);
    let counts = view.member("counts").expect("a member");
    assert_eq!(counts.element(1).and_then(|element| element.number()), Some(4));
    assert!(counts.element(2).is_none());
    for end in 0..bytes.len() {
        let short = View::new(&btf, ty, &bytes[..end]).to_string();
        assert!(short.contains('?'), "{short}");
    }
}

#[test]
fn values_are_checked_against_their_type() {
    let (btf, ty) = flow();
    let member = |name| View::new(&btf, ty, &[0; 32]).member(name).map(|view| view.ty());
    let encode = |name, value: Value| value.encode(&btf, member(name).expect("a member"));
    assert_eq!(encode("port", 80u16.into()), Ok(vec![80, 0]));
    assert_eq!(encode("addr", 0x0a00_0001u32.into()), Ok(vec![10, 0, 0, 1]));
    assert_eq!(encode("balance", (-1i64).into()), Ok(vec![255; 4]));
    assert_eq!(encode("seen", true.into()), Ok(vec![1]));
    assert_eq!(encode("name", "dns".into()), Ok(b"dns\0\0\0".to_vec()));
    assert_eq!(encode("counts", vec![1u8; 8].into()), Ok(vec![1; 8]));
    let wrong = [
        ("port", Value::from(65_536u32), "65536 does not fit `unsigned short`"),
        ("port", (-1i8).into(), "-1 does not fit `unsigned short`"),
        ("balance", (1u64 << 31).into(), "2147483648 does not fit `int`"),
        ("seen", 2u8.into(), "2 does not fit `_Bool`"),
        ("name", "toolong".into(), "\"toolong\" does not fit `char[6]`"),
        ("name", 1u8.into(), "1 does not fit `char[6]`"),
        ("port", "80".into(), "\"80\" does not fit `unsigned short`"),
        ("counts", vec![0u8; 4].into(), "a value of 4 bytes does not fit `unsigned int[2]`"),
    ];
    for (name, value, text) in wrong {
        assert_eq!(encode(name, value).map_err(|error| error.to_string()), Err(text.to_owned()));
    }
}

#[test]
fn types_are_named_as_in_c() {
    let (btf, ty) = flow();
    let mut b = Builder::from(btf);
    let pointer = b.ptr(ty);
    let list = b.array(pointer, 3);
    let constant = b.constant(list);
    let btf = b.finish();
    assert_eq!(btf.describe(constant), "const struct flow *[3]");
    assert_eq!(btf.describe(TypeId::VOID), "void");
}

#[test]
fn values_are_taken_apart_and_put_together() {
    let (btf, ty) = flow();
    let value = View::new(&btf, ty, &bytes()).value().expect("all bytes are there");
    assert_eq!(value.encode(&btf, ty), Ok(bytes()));
    let Value::Struct(fields) = &value else { panic!("{value:?}") };
    assert_eq!(fields[2], ("name".to_owned(), "web".into()));
    assert_eq!(fields[7], ("high".to_owned(), (-2).into()));
    let some = Value::from([("port", 80), ("high", -16)]).encode(&btf, ty).expect("members");
    assert_eq!((&some[4..6], some[21]), (&[80, 0][..], 0b1_0000 << 3));
    for (name, value) in [("port", Value::from(-1)), ("high", 16.into()), ("low", 8.into())] {
        assert!(Value::from([(name, value)]).encode(&btf, ty).is_err(), "{name}");
    }
    let unknown = Value::from([("ports", 1)]).encode(&btf, ty).map_err(|e| e.to_string());
    assert_eq!(unknown, Err("a structure of ports does not fit `struct flow`".to_owned()));
}

#[test]
fn values_are_read_from_text() {
    let (btf, ty) = flow();
    // What is printed is read again.
    let printed = View::new(&btf, ty, &bytes()).to_string();
    let read = Value::parse(&btf, ty, &printed).and_then(|value| value.encode(&btf, ty));
    assert_eq!(read, Ok(bytes()));
    let member = |name| View::new(&btf, ty, &[0; 32]).member(name).expect("a member").ty();
    let read = |name, text| {
        let ty = member(name);
        let bytes = Value::parse(&btf, ty, text).and_then(|value| value.encode(&btf, ty));
        bytes.map_err(|error| error.to_string())
    };
    let good: [(&str, &str, &[u8]); 11] = [
        ("port", "8_080", &[0x90, 0x1f]),
        ("port", " 0x50 ", &[80, 0]),
        ("balance", "-2", &[254, 255, 255, 255]),
        ("addr", "10.0.0.1", &[10, 0, 0, 1]),
        ("addr", "1", &[0, 0, 0, 1]),
        ("side", "OUT", &[1, 0, 0, 0]),
        ("seen", "true", &[1]),
        ("name", "web", b"web\0\0\0"),
        ("name", "\"a, b\"", b"a, b\0\0"),
        ("name", "02:00:5e:10:00:01", &[2, 0, 0x5e, 0x10, 0, 1]),
        ("counts", "[1, 0x2]", &[1, 0, 0, 0, 2, 0, 0, 0]),
    ];
    for (name, text, bytes) in good {
        assert_eq!(read(name, text), Ok(bytes.to_vec()), "{name} {text}");
    }
    for (name, text) in [
        ("port", "65536"),
        ("port", "-1"),
        ("port", ""),
        ("port", "0x"),
        ("port", "+1"),
        ("seen", "maybe"),
        ("side", "UP"),
        ("name", "toolong"),
        ("name", "\"open"),
        ("counts", "[1, 2, 3]"),
        ("counts", "[1"),
    ] {
        assert!(read(name, text).is_err(), "{name} {text}");
    }
    let error = "`99999` does not fit `unsigned short`: a number from 0 to 65535 is expected";
    assert_eq!(read("port", "99999"), Err(error.to_owned()));
    for text in ["{ .port = 1", "{ .nothing = 1 }", "{ port = }", "{{{{{{{{{{{{{{{{{{{{"] {
        assert!(Value::parse(&btf, ty, text).is_err(), "{text}");
    }
    let short = Value::parse(&btf, ty, "{ port = 80, side = OUT }").expect("no dots");
    assert_eq!(short, Value::from([("port", 80), ("side", 1)]));
}

#[test]
fn types_of_the_language_are_written_as_there() {
    let mut b = Builder::new();
    let byte = b.int("__u8", 1, Encoding::Unsigned);
    let word = b.int("__u32", 4, Encoding::Unsigned);
    let network = b.typedef("__be32", word);
    let (six, sixteen) = (b.array(byte, 6), b.array(byte, 16));
    let values = vec![("small".to_owned(), 0), ("great".to_owned(), 5)];
    let kind = Enum { name: "Kind".to_owned(), size: 1, signed: false, values };
    let types = [
        ("v4", b.typedef("ipv4addr", network)),
        ("v6", b.typedef("ipv6addr", sixteen)),
        ("mac", b.typedef("macaddr", six)),
        ("narrow", b.typedef("u3", byte)),
        ("kind", b.add(Type::Enum(kind))),
        ("pair", b.array(word, 2)),
        ("bytes", sixteen),
    ];
    let btf = b.finish();
    let read = |name, text: &str| {
        let (_, ty) = types.iter().find(|(known, _)| *known == name).expect("a type");
        let value = Value::parse(&btf, *ty, text).map_err(|error| error.to_string())?;
        let bytes = value.encode(&btf, *ty).expect("what is parsed fits");
        Ok::<_, String>(View::new(&btf, *ty, &bytes).to_string())
    };
    for (name, text) in [
        ("v4", "10.0.0.1"),
        ("v6", "2001:db8::1"),
        ("mac", "02:00:5e:10:00:01"),
        ("narrow", "7"),
        ("kind", "great"),
        ("pair", "[22, 23]"),
    ] {
        assert_eq!(read(name, text), Ok(text.to_owned()), "{name}");
    }
    assert_eq!(read("kind", "Kind.great"), Ok("great".to_owned()));
    assert_eq!(read("kind", "5"), Ok("great".to_owned()));
    for (name, text, expected) in [
        ("v4", "5", "an IPv4 address such as 192.0.2.1 is expected"),
        ("v6", "1.1.1.1", "an IPv6 address such as 2001:db8::1 is expected"),
        ("mac", "5", "a hardware address such as 02:00:5e:10:00:01 is expected"),
        ("narrow", "8", "a number from 0 to 7 is expected"),
        ("kind", "9", "one of `small`, `great` is expected"),
        ("kind", "Other.small", "one of `small`, `great` is expected"),
        ("pair", "[1, 2, 3]", "elements in brackets, `[a, b]`, 2 at most, are expected"),
        ("bytes", "text", "elements in brackets, `[a, b]`, 16 at most, are expected"),
    ] {
        let error = read(name, text).expect_err("it does not fit");
        assert!(error.ends_with(&format!(": {expected}")), "{error}");
    }
}

/// Any bytes may be types: arrays of nothing, and structures inside of themselves.
#[test]
fn types_that_no_compiler_writes_end() {
    let mut b = Builder::new();
    let nothing = b.structure("nothing", 0, &[]);
    let many = b.array(nothing, u32::MAX);
    let mut btf = b.finish();
    let inside = TypeId(btf.len() as u32 + 1);
    let member = Member { name: "again".to_owned(), ty: inside, offset: 0, bits: 0 };
    btf.push(Type::Struct(Composite { name: "round".to_owned(), size: 4, members: vec![member] }));
    let constant = TypeId(btf.len() as u32 + 1);
    btf.push(Type::Const(constant));

    let view = View::new(&btf, many, &[]);
    assert_eq!((view.to_string(), view.value()), ("[]".to_owned(), Some(Value::List(Vec::new()))));
    let round = View::new(&btf, inside, &[0; 4]);
    assert!(round.to_string().contains("..."));
    assert_eq!(round.value(), None);
    let text = "{ again = ".repeat(40) + &"}".repeat(40);
    assert!(Value::parse(&btf, inside, &text).is_err());
    let deep = (0..40).fold(Value::from(1), |value, _| Value::from([("again", value)]));
    assert!(deep.encode(&btf, inside).is_err());
    assert!(Value::from(1).encode(&btf, constant).is_err());
}
