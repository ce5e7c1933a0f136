//! What attached programs leave in their maps, and how it is read.

/// The per-CPU array with one [`Counted`].
pub const COUNTERS: &str = "counters";

/// What an attached program counted. In the map: a `u64` each, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Packets that matched.
    pub packets: u64,
    /// Their lengths on the wire, in bytes.
    pub bytes: u64,
    /// Of these packets, those that were to be captured and found no room.
    pub lost: u64,
}

impl Counted {
    /// Bytes of it in the map.
    pub const SIZE: u32 = 24;
    /// Where the members are in it.
    pub(crate) const PACKETS_AT: u32 = 0;
    pub(crate) const BYTES_AT: u32 = 8;
    pub(crate) const LOST_AT: u32 = 16;

    /// Adds what was counted elsewhere.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            packets: self.packets.wrapping_add(other.packets),
            bytes: self.bytes.wrapping_add(other.bytes),
            lost: self.lost.wrapping_add(other.lost),
        }
    }

    /// The sum of the values of all processors; `None` if one of them has another size.
    pub fn sum<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> Option<Self> {
        let mut sum = Self::default();
        for value in values {
            let value: &[u8; Self::SIZE as usize] = value.as_ref().try_into().ok()?;
            let at = |offset: u32| {
                let word = value.chunks_exact(8).nth(offset as usize / 8);
                word.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_ne_bytes)
            };
            sum = sum.plus(Self {
                packets: at(Self::PACKETS_AT),
                bytes: at(Self::BYTES_AT),
                lost: at(Self::LOST_AT),
            });
        }
        Some(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::Counted;

    #[test]
    fn processors_are_added_up() {
        let value = |numbers: [u64; 3]| numbers.map(u64::to_ne_bytes).concat();
        let sum = Counted::sum([value([1, 100, 0]), value([2, 300, 1])]);
        assert_eq!(sum, Some(Counted { packets: 3, bytes: 400, lost: 1 }));
        assert_eq!(Counted::sum([[0u8; 8]]), None);
    }
}
