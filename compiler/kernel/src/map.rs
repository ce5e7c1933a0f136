//! Map types (`enum bpf_map_type`, `include/uapi/linux/bpf.h`).

use crate::version::Version;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $number:literal, $name:literal, $major:literal . $minor:literal;)*) => {
        /// The type of a map.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum MapKind {
            $($(#[$doc])* $kind = $number,)*
        }

        impl MapKind {
            /// Every type that has a row, by number.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The UAPI name without `BPF_MAP_TYPE_`, in lower case.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// The first kernel that has it.
            pub const fn since(self) -> Version {
                match self {
                    $(Self::$kind => Version::new($major, $minor),)*
                }
            }
        }
    };
}

kinds! {
    /// Values by any key.
    Hash = 1, "hash", 3 . 19;
    /// Values by number.
    Array = 2, "array", 3 . 19;
    /// Programs to go on with, by number.
    ProgArray = 3, "prog_array", 4 . 2;
    /// Perf events by number, one for each processor as a rule.
    PerfEventArray = 4, "perf_event_array", 4 . 3;
    /// A hash with a value for each processor.
    PerCpuHash = 5, "percpu_hash", 4 . 6;
    /// An array with a value for each processor.
    PerCpuArray = 6, "percpu_array", 4 . 6;
    /// Stacks of the kernel or of a process, by their hash.
    StackTrace = 7, "stack_trace", 4 . 6;
    /// Control groups by number.
    CgroupArray = 8, "cgroup_array", 4 . 8;
    /// A hash that drops what was not used for long.
    LruHash = 9, "lru_hash", 4 . 10;
    /// A hash with a value for each processor that drops what was not used for long.
    LruPerCpuHash = 10, "lru_percpu_hash", 4 . 10;
    /// Values by the longest prefix that fits.
    LpmTrie = 11, "lpm_trie", 4 . 11;
    /// Maps by number.
    ArrayOfMaps = 12, "array_of_maps", 4 . 12;
    /// Maps by any key.
    HashOfMaps = 13, "hash_of_maps", 4 . 12;
    /// Interfaces to redirect to, by number.
    DevMap = 14, "devmap", 4 . 14;
    /// Sockets by number.
    SockMap = 15, "sockmap", 4 . 14;
    /// Processors to redirect to, by number.
    CpuMap = 16, "cpumap", 4 . 15;
    /// `AF_XDP` sockets by number.
    XskMap = 17, "xskmap", 4 . 18;
    /// Sockets by any key.
    SockHash = 18, "sockhash", 4 . 18;
    /// A value for each control group that a program is attached to.
    CgroupStorage = 19, "cgroup_storage", 4 . 19;
    /// Sockets of a group that share a port, by number.
    ReuseportSockArray = 20, "reuseport_sockarray", 4 . 19;
    /// As [`MapKind::CgroupStorage`], with a value for each processor.
    PerCpuCgroupStorage = 21, "percpu_cgroup_storage", 4 . 20;
    /// First in, first out.
    Queue = 22, "queue", 4 . 20;
    /// Last in, first out.
    Stack = 23, "stack", 4 . 20;
    /// A value for each socket.
    SkStorage = 24, "sk_storage", 5 . 2;
    /// Interfaces to redirect to, by any number.
    DevMapHash = 25, "devmap_hash", 5 . 4;
    /// Functions of the kernel that programs replace.
    StructOps = 26, "struct_ops", 5 . 6;
    /// Records for user space, in order.
    RingBuf = 27, "ringbuf", 5 . 8;
    /// A value for each inode.
    InodeStorage = 28, "inode_storage", 5 . 10;
    /// A value for each task.
    TaskStorage = 29, "task_storage", 5 . 11;
    /// A set that may say yes wrongly.
    BloomFilter = 30, "bloom_filter", 5 . 16;
    /// Records for programs, in order.
    UserRingBuf = 31, "user_ringbuf", 6 . 1;
    /// A value for each control group.
    CgrpStorage = 32, "cgrp_storage", 6 . 2;
    /// Memory that programs and processes share.
    Arena = 33, "arena", 6 . 9;
}

/// What elements of a map are found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Nothing: the map decides which is next.
    None,
    /// A number of 32 bits.
    Index,
    /// Any bytes.
    Any,
    /// `struct bpf_lpm_trie_key`: how many bits count, and those.
    Prefix,
}

/// What a map holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// Nothing that has one size: records, or the kernel's own.
    None,
    /// Any bytes.
    Any,
    /// The 32-bit number of something of the kernel's: a file descriptor, an interface, a processor.
    Reference,
}

/// `BPF_F_NO_PREALLOC`.
const NO_PREALLOC: u32 = 1;

impl MapKind {
    /// What its elements are found by (the `*_map_alloc_check` functions of `kernel/bpf/` and `net/`).
    pub const fn key(self) -> KeyKind {
        match self {
            Self::Hash
            | Self::PerCpuHash
            | Self::LruHash
            | Self::LruPerCpuHash
            | Self::HashOfMaps
            | Self::SockHash => KeyKind::Any,
            Self::LpmTrie => KeyKind::Prefix,
            Self::Queue
            | Self::Stack
            | Self::BloomFilter
            | Self::RingBuf
            | Self::UserRingBuf
            | Self::Arena => KeyKind::None,
            _ => KeyKind::Index,
        }
    }

    /// What it holds.
    pub const fn value(self) -> ValueKind {
        match self {
            Self::RingBuf | Self::UserRingBuf | Self::Arena => ValueKind::None,
            Self::ProgArray
            | Self::PerfEventArray
            | Self::CgroupArray
            | Self::ArrayOfMaps
            | Self::HashOfMaps
            | Self::DevMap
            | Self::DevMapHash
            | Self::SockMap
            | Self::SockHash
            | Self::CpuMap
            | Self::XskMap
            | Self::ReuseportSockArray => ValueKind::Reference,
            _ => ValueKind::Any,
        }
    }

    /// The `BPF_F_*` that the kernel makes no map of the type without.
    pub const fn flags(self) -> u32 {
        match self {
            Self::LpmTrie
            | Self::SkStorage
            | Self::InodeStorage
            | Self::TaskStorage
            | Self::CgrpStorage => NO_PREALLOC,
            _ => 0,
        }
    }

    /// Whether its values may have a `struct bpf_spin_lock` in them (`map_check_btf` of the kernel's
    /// `kernel/bpf/syscall.c`).
    pub const fn takes_lock(self) -> bool {
        matches!(
            self,
            Self::Hash
                | Self::Array
                | Self::CgroupStorage
                | Self::SkStorage
                | Self::InodeStorage
                | Self::TaskStorage
                | Self::CgrpStorage
        )
    }

    /// The number that the kernel knows it by.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The type with a name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The type of a number.
    pub fn by_number(number: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }

    /// Whether the kernel takes BTF types of its keys and values (`map_check_btf` of its
    /// `kernel/bpf/syscall.c`, and each type's own check).
    pub const fn is_typed(self) -> bool {
        matches!(
            self,
            Self::Hash
                | Self::Array
                | Self::PerCpuHash
                | Self::PerCpuArray
                | Self::LruHash
                | Self::LruPerCpuHash
                | Self::LpmTrie
                | Self::CgroupStorage
                | Self::PerCpuCgroupStorage
                | Self::SkStorage
                | Self::InodeStorage
                | Self::TaskStorage
                | Self::CgrpStorage
                | Self::StructOps
        )
    }

    /// Whether there is a value for each processor under one key.
    pub const fn is_per_cpu(self) -> bool {
        matches!(
            self,
            Self::PerCpuHash | Self::PerCpuArray | Self::LruPerCpuHash | Self::PerCpuCgroupStorage
        )
    }

    /// Whether a network card may keep it (`bpf_map_offload_map_alloc` of the kernel's
    /// `kernel/bpf/offload.c`).
    pub const fn is_offloaded(self) -> bool {
        matches!(self, Self::Hash | Self::Array)
    }

    /// Whether its values are sockets.
    pub const fn holds_sockets(self) -> bool {
        matches!(self, Self::SockMap | Self::SockHash)
    }

    /// The types that have a value for each control group that a program is attached to. A program uses one
    /// map of each.
    pub const OF_CGROUP: &'static [Self] = &[Self::CgroupStorage, Self::PerCpuCgroupStorage];

    /// Whether it is one of [`MapKind::OF_CGROUP`].
    pub fn of_cgroup(self) -> bool {
        Self::OF_CGROUP.contains(&self)
    }

    /// Whether programs that use it are all of one type, as those in a map of programs are (commit
    /// f45d5b6ce2e8).
    pub const fn has_owner(self) -> bool {
        matches!(self, Self::DevMap | Self::CpuMap)
    }

    /// Whether its values are maps.
    pub const fn is_outer(self) -> bool {
        matches!(self, Self::ArrayOfMaps | Self::HashOfMaps)
    }
}
