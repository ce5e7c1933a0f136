//! Whether a value is one of many known ones.

use nbpfc_ir::set::{Key, Set, branch};
use nbpfc_ir::{BinaryOp, Block, Compare, Type as Scalar, Width};
use nbpfc_sema::{Type, Value as Known, halves};

use crate::lowering::{Lowering, Parts};
use crate::shape::numbers;

/// Up to this many prefixes are compared under their masks, in the order of the wire.
const MASKED: usize = 4;

impl Lowering<'_> {
    /// Ends the current block: whether a value of a type is in a set.
    pub(crate) fn is_in(
        &mut self,
        ty: &Type,
        parts: &Parts,
        set: &[Known],
        then: Block,
        otherwise: Block,
    ) {
        let tables = self.target.has_tables();
        match (ty, parts.as_slice()) {
            (Type::Ipv4Addr | Type::Ipv6Addr, parts) if set.len() <= MASKED => {
                self.in_prefixes(parts, set, then, otherwise);
            }
            (Type::Ipv4Addr, &[address]) => {
                let key = Key::Word(self.swap(Width::W4, address));
                let set = Set::new(32, set.iter().filter_map(range));
                branch(&mut self.builder, &set, key, tables, then, otherwise);
            }
            (Type::Ipv6Addr, &[high, low]) => {
                let key = Key::Pair(self.swap(Width::W8, high), self.swap(Width::W8, low));
                let set = Set::new(128, set.iter().filter_map(range));
                branch(&mut self.builder, &set, key, tables, then, otherwise);
            }
            // Equality is the same in every order of bytes.
            (_, &[value]) => {
                let scalar = self.builder.ty(value);
                let known = set.iter().filter_map(|known| numbers(self.program, ty, known).pop());
                let ranges = known.map(|number| (u128::from(number), u128::from(number)));
                let set = Set::new(scalar.bits(), ranges.collect::<Vec<_>>());
                let key = match scalar {
                    Scalar::I64 => Key::Long(value),
                    _ => Key::Word(value),
                };
                branch(&mut self.builder, &set, key, tables, then, otherwise);
            }
            _ => self.builder.jump(otherwise),
        }
    }

    /// One prefix after the other.
    fn in_prefixes(
        &mut self,
        parts: &[nbpfc_ir::Value],
        set: &[Known],
        then: Block,
        otherwise: Block,
    ) {
        for known in set {
            let next = self.builder.block();
            for (part, (network, mask)) in parts.iter().zip(masks(known)) {
                if mask == 0 {
                    continue;
                }
                let scalar = self.builder.ty(*part);
                let masked = if mask == scalar.mask() {
                    *part
                } else {
                    let mask = self.builder.constant(scalar, mask);
                    self.builder.binary(BinaryOp::And, *part, mask)
                };
                let network = self.builder.constant(scalar, network);
                let same = self.builder.block();
                self.builder.branch(Compare::Eq, masked, network, same, next);
                self.builder.enter(same);
            }
            self.builder.jump(then);
            self.builder.enter(next);
        }
        self.builder.jump(otherwise);
    }
}

/// The network and the mask of a prefix, for each scalar of an address.
fn masks(prefix: &Known) -> Vec<(u64, u64)> {
    match *prefix {
        Known::Ipv4Prefix(prefix, length) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            vec![((prefix & mask).swap_bytes().into(), mask.swap_bytes().into())]
        }
        Known::Ipv6Prefix(prefix, length) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            halves(prefix & mask).into_iter().zip(halves(mask)).collect()
        }
        _ => Vec::new(),
    }
}

/// The first and the last address of a prefix, as numbers.
fn range(prefix: &Known) -> Option<(u128, u128)> {
    match *prefix {
        Known::Ipv4Prefix(prefix, length) => {
            let rest = u32::MAX.checked_shr(length.into()).unwrap_or(0);
            Some(((prefix & !rest).into(), (prefix | rest).into()))
        }
        Known::Ipv6Prefix(prefix, length) => {
            let rest = u128::MAX.checked_shr(length.into()).unwrap_or(0);
            Some((prefix & !rest, prefix | rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, masks, range};

    #[test]
    fn a_prefix_is_its_addresses() {
        assert_eq!(range(&Known::Ipv4Prefix(0x0a01_0203, 8)), Some((0x0a00_0000, 0x0aff_ffff)));
        assert_eq!(range(&Known::Ipv4Prefix(1, 0)), Some((0, u32::MAX.into())));
        assert_eq!(range(&Known::Ipv6Prefix(1, 128)), Some((1, 1)));
        assert_eq!(range(&Known::Ipv6Prefix(1, 0)), Some((0, u128::MAX)));
    }

    #[test]
    fn masks_lie_as_the_packet_has_them() {
        assert_eq!(masks(&Known::Ipv4Prefix(0x0a01_0203, 8)), [(0x0a, 0xff)]);
        assert_eq!(masks(&Known::Ipv4Prefix(0x0a01_0203, 0)), [(0, 0)]);
        let half = Known::Ipv6Prefix(0x2001_0db8 << 96, 32);
        assert_eq!(masks(&half), [(0xb80d_0120, 0xffff_ffff), (0, 0)]);
    }
}
