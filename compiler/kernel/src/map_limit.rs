//! How great the kernel lets maps be, whatever memory there is: the `*_map_alloc` and `*_map_alloc_check`
//! functions of `kernel/bpf/`, `net/core/` and `net/xdp/`, for pages of 4 KiB.

use crate::limit::MAX_STACK;
use crate::map::{KeyKind, MapKind};
use crate::version::Version;

/// The most that there may be of something in a map, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapLimit {
    /// So many bytes, or elements.
    pub most: u32,
    /// What sets the limit, as a sentence without its end.
    pub why: &'static str,
}

/// How many maps a program uses at most (`MAX_USED_MAPS`, `include/linux/bpf_verifier.h`).
pub const MAX_USED_MAPS: usize = 64;

/// `KMALLOC_MAX_SIZE`: ten times doubled, a page.
const KMALLOC_MAX: u32 = 4 << 20;
/// Why that is a limit of elements with their keys.
const AT_ONCE: &str =
    "the kernel allocates 4 MiB at once, which the key and its own part are in too";
/// `sizeof(struct htab_elem)`.
const HASH_ELEMENT: u32 = 48;
/// `LPM_DATA_SIZE_MAX` and `sizeof(struct lpm_trie_node)`, which later kernels have less of.
const TRIE_NODE: u32 = 256 + 40;
/// `sizeof(struct bpf_local_storage_elem)`.
const STORAGE_ELEMENT: u32 = 128;
/// Since when values for control groups are more than a page (its `kernel/bpf/local_storage.c`).
const LONG_STORAGE: Version = Version::new(5, 15);

impl MapKind {
    /// How many bytes a key has at most; `None` where nothing but the size's own type sets a limit.
    pub const fn most_key(self) -> Option<MapLimit> {
        let why = "keys are no longer than a program's stack";
        match self.key() {
            KeyKind::Any => Some(MapLimit { most: MAX_STACK, why }),
            _ => None,
        }
    }

    /// How many bytes a value has at most.
    pub fn most_value(self, kernel: Version) -> Option<MapLimit> {
        let (most, why) = match self {
            _ if self.of_cgroup() && kernel < LONG_STORAGE => {
                (4096, "before Linux 5.15 the kernel keeps such values in a page")
            }
            Self::PerCpuHash
            | Self::PerCpuArray
            | Self::LruPerCpuHash
            | Self::PerCpuCgroupStorage => {
                (32 << 10, "the kernel keeps what each processor has in pieces of 32 KiB")
            }
            Self::Hash | Self::LruHash => (KMALLOC_MAX - MAX_STACK - HASH_ELEMENT - 1, AT_ONCE),
            Self::LpmTrie => (KMALLOC_MAX - TRIE_NODE, AT_ONCE),
            Self::Queue | Self::Stack | Self::BloomFilter => {
                (KMALLOC_MAX, "the kernel allocates 4 MiB at once")
            }
            Self::CgroupStorage
            | Self::SkStorage
            | Self::InodeStorage
            | Self::TaskStorage
            | Self::CgrpStorage => (
                u16::MAX as u32 - STORAGE_ELEMENT,
                "the kernel counts the bytes of such a value, and of its own part, in 16 bits",
            ),
            _ => return None,
        };
        Some(MapLimit { most, why })
    }

    /// How many bytes a record has at most in a ring buffer of so many: `None` of other maps. Each has 8
    /// bytes of the kernel's before it, takes a multiple of 8, and one that fills the whole buffer is
    /// never taken (`__bpf_ringbuf_reserve`, `kernel/bpf/ringbuf.c`).
    pub fn most_record(self, bytes: u32) -> Option<MapLimit> {
        let why = "each record has 8 bytes of the kernel's before it, and one alone does not fill the buffer";
        (self == Self::RingBuf).then(|| MapLimit { most: bytes.saturating_sub(16), why })
    }

    /// How many elements it has at most, if each value has so many bytes.
    pub const fn most_entries(self, value_size: u32) -> Option<MapLimit> {
        let (most, why) = match self {
            _ if matches!(self.key(), KeyKind::Any) => {
                (1 << 27, "the kernel makes a power of two of buckets, which take less than 4 GiB")
            }
            Self::Array
            | Self::PerCpuArray
            | Self::ProgArray
            | Self::PerfEventArray
            | Self::CgroupArray
            | Self::ArrayOfMaps => {
                (1 << 31, "the kernel counts elements in 32 bits, up to the next power of two")
            }
            Self::DevMapHash => {
                (1 << 31, "the kernel makes a power of two of buckets, counted in 32 bits")
            }
            Self::SockMap => (i32::MAX as u32, "the kernel counts its places with a sign"),
            Self::CpuMap => (8192, "no kernel is made for more processors"),
            Self::Queue | Self::Stack => {
                let of_values = match u32::MAX.checked_div(value_size) {
                    Some(count) => count - 1,
                    None => u32::MAX,
                };
                (of_values, "all values together take less than 4 GiB")
            }
            _ => return None,
        };
        Some(MapLimit { most, why })
    }
}
