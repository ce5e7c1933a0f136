//! What a dispatcher's only map holds: libxdp's `struct xdp_dispatcher_config`.

/// The most programs of one dispatcher.
pub(super) const MOST: usize = 10;
/// What a program's place returns while no program is there; always in the mask of verdicts that
/// go on to the next program.
pub(super) const NOBODY: u32 = 31;
/// `BPF_F_XDP_HAS_FRAGS`
pub(super) const FRAGS: u32 = 1 << 5;
const MAGIC: u8 = 236;
/// Bytes before the arrays, and of one array.
const HEADER: usize = 4;
const ARRAY: usize = 4 * MOST;

/// The layout of the map, which libxdp of another version does not take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DispatcherVersion {
    /// libxdp 1.3 to 1.5.
    #[default]
    V2,
    /// libxdp 1.6.
    V3,
}

impl DispatcherVersion {
    fn number(self) -> u8 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
        }
    }

    /// Bytes of the map's value.
    pub const fn size(self) -> usize {
        match self {
            Self::V2 => HEADER + 3 * ARRAY,
            Self::V3 => HEADER + 3 * ARRAY + 4,
        }
    }
}

/// One program's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// A bit for each verdict after which the next program runs.
    pub(super) chain: u32,
    /// Lower ones run first.
    pub(super) priority: u32,
    /// `prog_flags`, those that must be remembered.
    pub(super) flags: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) version: DispatcherVersion,
    pub(super) slots: Vec<Slot>,
}

impl Config {
    /// Whether packets may lie in several pieces: only if there are programs and every one takes
    /// them. Kernels before 5.18 refuse what asks for it.
    pub(super) fn has_frags(&self) -> bool {
        !self.slots.is_empty() && self.slots.iter().all(|slot| slot.flags & FRAGS != 0)
    }

    /// Where a program's mask is in the map's value.
    pub(super) fn chain_offset(index: usize) -> usize {
        HEADER + 4 * index
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.version.size()];
        let slots = self.slots.len() as u8;
        bytes[..HEADER].copy_from_slice(&[
            MAGIC,
            self.version.number(),
            slots,
            u8::from(self.has_frags()),
        ]);
        for (index, slot) in self.slots.iter().enumerate() {
            for (array, value) in [slot.chain, slot.priority, slot.flags].into_iter().enumerate() {
                let at = Self::chain_offset(index) + array * ARRAY;
                bytes[at..at + 4].copy_from_slice(&value.to_ne_bytes());
            }
        }
        bytes
    }

    /// Reads a map's value; the error says what it is not.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let &[magic, number, count, _, ..] = bytes else { return Err("its map is empty".into()) };
        let version = match (magic, number) {
            (MAGIC, 2) => DispatcherVersion::V2,
            (MAGIC, 3) => DispatcherVersion::V3,
            (MAGIC, _) => return Err(format!("it is of version {number}, later than 3")),
            _ => return Err("it is of version 1, of libxdp before 1.3".to_owned()),
        };
        let count = usize::from(count);
        let fits = match version {
            DispatcherVersion::V2 => bytes.len() >= version.size(),
            DispatcherVersion::V3 => bytes.len() == version.size(),
        };
        if !fits || count > MOST {
            return Err("its map has another layout than its version".to_owned());
        }
        if version == DispatcherVersion::V3 && bytes.get(HEADER + 3 * ARRAY) != Some(&0) {
            return Err("its programs are bound to the device".to_owned());
        }
        let number = |index: usize, array: usize| {
            let at = Self::chain_offset(index) + array * ARRAY;
            let bytes = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, u32::from_ne_bytes)
        };
        let slot = |index| Slot {
            chain: number(index, 0),
            priority: number(index, 1),
            flags: number(index, 2),
        };
        Ok(Self { version, slots: (0..count).map(slot).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, DispatcherVersion, FRAGS, Slot};

    #[test]
    fn a_configuration_is_read_back() {
        for (version, size) in [(DispatcherVersion::V2, 124), (DispatcherVersion::V3, 128)] {
            let slots = vec![
                Slot { chain: 1 << 31 | 4, priority: 50, flags: FRAGS },
                Slot { chain: 1 << 31 | 2, priority: 60, flags: 0 },
            ];
            let config = Config { version, slots };
            let bytes = config.bytes();
            assert_eq!(bytes.len(), size);
            assert_eq!(bytes[2..4], [2, 0], "one of them takes no fragments");
            assert_eq!(bytes[8..12], (1_u32 << 31 | 2).to_ne_bytes());
            assert_eq!(bytes[44..48], 50_u32.to_ne_bytes());
            assert_eq!(Config::parse(&bytes), Ok(config));
        }
    }

    #[test]
    fn what_is_no_configuration() {
        let config = Config { version: DispatcherVersion::V3, slots: vec![] };
        let changed = |at: usize, value: u8| {
            let mut bytes = config.bytes();
            bytes[at] = value;
            Config::parse(&bytes).expect_err("changed")
        };
        assert!(changed(1, 4).contains("version 4"));
        assert!(changed(0, 1).contains("version 1"));
        assert!(changed(2, 11).contains("another layout"));
        assert!(changed(124, 1).contains("bound to the device"));
        assert!(Config::parse(&config.bytes()[..125]).is_err());
        assert!(Config::parse(&[]).is_err());
    }
}
