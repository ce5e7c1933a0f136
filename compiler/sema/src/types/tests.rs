//! What the language calls types, and which numbers they hold.

use super::{Int, Type};

#[test]
fn names_of_integers() {
    assert_eq!(Type::by_name("u13"), Some(Type::unsigned(13)));
    assert_eq!(Type::by_name("i64"), Some(Type::Int(Int::I64)));
    for wrong in ["u0", "u65", "u08", "u", "u+8", "x8", "", "é8"] {
        assert_eq!(Type::by_name(wrong), None, "{wrong}");
    }
}

#[test]
fn wrapping_keeps_the_low_bits() {
    let byte = Int { bits: 8, signed: true };
    assert_eq!((byte.min(), byte.max()), (-128, 127));
    assert_eq!(byte.wrap(128), -128);
    assert_eq!(byte.wrap(-129), 127);
    assert_eq!(Int::U64.wrap(-1), i128::from(u64::MAX));
    assert!(Int::I64.covers(Int::U32) && !Int::U64.covers(byte));
}
