//! Helper functions (`include/uapi/linux/bpf.h`, `___BPF_FUNC_MAPPER`).
//!
//! Which program types may call one stands in the kernel's `*_func_proto` functions
//! (`net/core/filter.c`, `kernel/bpf/helpers.c`), the kinds of its arguments in its
//! `struct bpf_func_proto`, whether it moves the packet in `bpf_helper_changes_pkt_data`.

use crate::map::MapKind;
use crate::program_type::ProgramType::{
    self, CgroupSkb, LwtIn, LwtOut, LwtXmit, SchedCls, SocketFilter, Xdp,
};
use crate::version::Version;

/// What a helper takes in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// The program's context.
    Context,
    /// A map of one of these types.
    Map(&'static [MapKind]),
    /// Memory of the size of the map's keys, which is read.
    Key,
    /// Memory of the size of the map's values, which is read; of a map of sockets, a socket that the
    /// program refers to.
    Value,
    /// As [`Argument::Value`], or 0.
    ValueOrNull,
    /// Memory of the size of the map's values, which is written.
    ValueOut,
    /// Memory of the size that the next argument says, which is read.
    Memory,
    /// As [`Argument::Memory`], or 0 with a size of 0.
    MemoryOrNull,
    /// Memory of the size that the next argument says, which is written.
    MemoryOut,
    /// The size of the memory before it, at least this many bytes.
    Size(u32),
    /// Memory of this many bytes, which is read and written.
    Fixed(u32),
    /// A number.
    Number,
    /// A number that is known when the program is compiled: the size of what is returned.
    Length,
    /// A record of a ring buffer, which is no longer the program's then.
    Record,
    /// A socket that the program refers to.
    Socket,
    /// A socket, to which the program no longer refers then.
    Release,
    /// A `struct bpf_spin_lock` at the start of a map's value.
    Lock,
}

/// What a helper returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// Nothing.
    Nothing,
    /// 64 bits; errors are negative.
    Number,
    /// 1 if something is so, 0 if it is not; errors are negative.
    Truth,
    /// The value of a map.
    Value,
    /// The value of a map (of a map of maps: that map; of a map of sockets: a socket that has to be
    /// released; of a map to redirect to: what programs read only), or null.
    ValueOrNull,
    /// A record of the length asked for, or null.
    RecordOrNull,
    /// A socket that has to be released, or null.
    SocketOrNull,
}

/// What a call changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing but the memory it is told to write: a call whose result is not used need not be.
    Nothing,
    /// Maps, or something outside of the program.
    State,
    /// The packet too, its bytes, its place or what is known about it: pointers into it that were
    /// made before are no good.
    Packet,
}

/// One helper function.
#[derive(Debug, PartialEq, Eq)]
pub struct Helper {
    /// The UAPI name without `bpf_`.
    pub name: &'static str,
    /// The number in a call's immediate.
    pub id: i32,
    /// What it takes, in `r1` onward.
    pub arguments: &'static [Argument],
    /// What it returns in `r0`.
    pub returns: Returns,
    /// What it changes.
    pub change: Change,
    /// The types of program that may call it.
    pub programs: &'static [ProgramType],
    /// Whether only programs whose licence is compatible with the GPL may call it.
    pub gpl: bool,
    /// The first kernel that has it.
    pub since: Version,
}

impl std::hash::Hash for Helper {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl Helper {
    /// The helper with a name, without `bpf_`.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|helper| helper.name == name)
    }

    /// The first kernel whose programs of a type may call it; `None` if no kernel's may.
    pub fn since_on(&self, program_type: ProgramType) -> Option<Version> {
        let later = LATER
            .iter()
            .find(|(helper, types, _)| helper.id == self.id && types.contains(&program_type));
        let since = later.map_or(self.since, |(.., since)| *since);
        self.programs.contains(&program_type).then_some(since)
    }

    /// The helper with a number.
    pub fn by_id(id: i32) -> Option<&'static Self> {
        Self::ALL.iter().find(|helper| helper.id == id)
    }
}

/// Helpers that programs of some types got later than others.
const LATER: &[(&Helper, &[ProgramType], Version)] = &[
    // Commit d56c2f95adb3.
    (&Helper::SK_LOOKUP_TCP, CGROUPS, Version::new(5, 8)),
    (&Helper::SK_LOOKUP_UDP, CGROUPS, Version::new(5, 8)),
    (&Helper::SK_RELEASE, CGROUPS, Version::new(5, 8)),
    // Commit 06d3e4c9f11a.
    (&Helper::SKB_CGROUP_ID, CGROUPS, Version::new(5, 8)),
    (&Helper::SKB_ANCESTOR_CGROUP_ID, CGROUPS, Version::new(5, 8)),
    // 6.12 does not have it.
    (&Helper::GET_CGROUP_CLASSID, &[SocketFilter, Xdp, CgroupSkb], Version::new(6, 18)),
];

/// Every type of program that there is a hook for.
const ANY: &[ProgramType] = &[SocketFilter, SchedCls, Xdp, CgroupSkb, LwtIn, LwtOut, LwtXmit];
/// Those that get a `struct __sk_buff`.
const SKB: &[ProgramType] = &[SocketFilter, SchedCls, CgroupSkb, LwtIn, LwtOut, LwtXmit];
/// Those that may change it.
const CHANGE: &[ProgramType] = &[SchedCls, LwtXmit];
const TC: &[ProgramType] = &[SchedCls];
const CGROUPS: &[ProgramType] = &[CgroupSkb];
const SK_STORAGES: &[ProgramType] = &[SchedCls, CgroupSkb];
const XDP: &[ProgramType] = &[Xdp];
const SOCKETS: &[ProgramType] = &[SchedCls, Xdp, CgroupSkb];
const REDIRECTS: &[ProgramType] = &[Xdp, SchedCls, LwtXmit];
/// Those that know the packet's socket.
const OWNED: &[ProgramType] = &[SocketFilter, SchedCls, CgroupSkb];
const SUMS: &[ProgramType] = &[Xdp, SchedCls, LwtIn, LwtOut, LwtXmit];
const HASHES: &[ProgramType] = &[SchedCls, LwtIn, LwtOut, LwtXmit];
const PULLS: &[ProgramType] = &[SchedCls, LwtIn, LwtOut, LwtXmit];
const ENCAPS: &[ProgramType] = &[LwtIn, LwtXmit];
const ROUTES: &[ProgramType] = &[Xdp, SchedCls];
/// The kernel refuses locks in socket filters.
const LOCKS: &[ProgramType] = &[SchedCls, Xdp, CgroupSkb, LwtIn, LwtOut, LwtXmit];

use Argument as A;
use MapKind as M;

/// Maps with elements that are looked up by a key.
const KEYED: &[MapKind] = &[
    M::Hash,
    M::Array,
    M::PerCpuHash,
    M::PerCpuArray,
    M::LruHash,
    M::LruPerCpuHash,
    M::LpmTrie,
    M::ArrayOfMaps,
    M::HashOfMaps,
    M::SockMap,
    M::SockHash,
    M::DevMap,
    M::DevMapHash,
    M::XskMap,
];
/// Those whose elements programs may set.
const UPDATED: &[MapKind] = &[
    M::Hash,
    M::Array,
    M::PerCpuHash,
    M::PerCpuArray,
    M::LruHash,
    M::LruPerCpuHash,
    M::LpmTrie,
    M::SockMap,
    M::SockHash,
];
const PER_CPU: &[MapKind] = &[M::PerCpuHash, M::PerCpuArray, M::LruPerCpuHash];
const DELETED: &[MapKind] =
    &[M::Hash, M::PerCpuHash, M::LruHash, M::LruPerCpuHash, M::LpmTrie, M::SockMap, M::SockHash];
const PUSHED: &[MapKind] = &[M::Queue, M::Stack, M::BloomFilter];
const POPPED: &[MapKind] = &[M::Queue, M::Stack];
const PEEKED: &[MapKind] = &[M::Queue, M::Stack, M::BloomFilter];
const REDIRECTED: &[MapKind] = &[M::DevMap, M::DevMapHash, M::CpuMap, M::XskMap];
/// `struct bpf_fib_lookup`.
const FIB: u32 = 64;

macro_rules! helpers {
    ($($(#[$doc:meta])*
       $constant:ident = $id:literal $name:literal $major:literal . $minor:literal $programs:ident
       $($gpl:ident)? ($($argument:expr),*) -> $returns:ident, $change:ident;)*) => {
        impl Helper {
            $($(#[$doc])* pub const $constant: Helper = Helper {
                name: $name,
                id: $id,
                arguments: &[$($argument),*],
                returns: Returns::$returns,
                change: Change::$change,
                programs: $programs,
                gpl: helpers!(@gpl $($gpl)?),
                since: Version::new($major, $minor),
            };)*

            /// Every helper that has a row, by id.
            pub const ALL: &'static [Helper] = &[$(Helper::$constant,)*];
        }
    };
    (@gpl) => { false };
    (@gpl GPL) => { true };
}

helpers! {
    /// The value under a key.
    MAP_LOOKUP_ELEM = 1 "map_lookup_elem" 3 . 19 ANY (A::Map(KEYED), A::Key) -> ValueOrNull, Nothing;
    /// Sets the value under a key; flags `BPF_ANY` 0, `BPF_NOEXIST` 1, `BPF_EXIST` 2.
    MAP_UPDATE_ELEM = 2 "map_update_elem" 3 . 19 ANY (A::Map(UPDATED), A::Key, A::Value, A::Number) -> Number, State;
    /// Takes a key away; 0 or `-ENOENT`.
    MAP_DELETE_ELEM = 3 "map_delete_elem" 3 . 19 ANY (A::Map(DELETED), A::Key) -> Number, State;
    /// Nanoseconds since boot, without sleep.
    KTIME_GET_NS = 5 "ktime_get_ns" 4 . 1 ANY () -> Number, Nothing;
    /// Writes to the trace pipe: format, its size, three numbers.
    TRACE_PRINTK = 6 "trace_printk" 4 . 1 ANY GPL (A::Memory, A::Size(1), A::Number, A::Number, A::Number) -> Number, State;
    /// A random number of 32 bits.
    GET_PRANDOM_U32 = 7 "get_prandom_u32" 4 . 1 ANY () -> Number, State;
    /// The processor's number.
    GET_SMP_PROCESSOR_ID = 8 "get_smp_processor_id" 4 . 1 ANY () -> Number, Nothing;
    /// `skb_store_bytes(skb, offset, from, len, flags)`
    SKB_STORE_BYTES = 9 "skb_store_bytes" 4 . 1 CHANGE (A::Context, A::Number, A::Memory, A::Size(1), A::Number) -> Number, Packet;
    /// `l3_csum_replace(skb, offset, from, to, flags)`
    L3_CSUM_REPLACE = 10 "l3_csum_replace" 4 . 1 CHANGE (A::Context, A::Number, A::Number, A::Number, A::Number) -> Number, Packet;
    /// `l4_csum_replace(skb, offset, from, to, flags)`
    L4_CSUM_REPLACE = 11 "l4_csum_replace" 4 . 1 CHANGE (A::Context, A::Number, A::Number, A::Number, A::Number) -> Number, Packet;
    /// Goes on in another program and does not come back, unless there is none. Verifiers from Linux 6.13
    /// on, and those of older kernels that are kept up, take the packet behind it for another one.
    TAIL_CALL = 12 "tail_call" 4 . 2 ANY (A::Context, A::Map(&[M::ProgArray]), A::Number) -> Number, Packet;
    /// `clone_redirect(skb, ifindex, flags)`
    CLONE_REDIRECT = 13 "clone_redirect" 4 . 2 CHANGE (A::Context, A::Number, A::Number) -> Number, Packet;
    /// `get_cgroup_classid(skb)`: the class of `net_cls` that the packet's sender is in; 0 if it is in none.
    GET_CGROUP_CLASSID = 17 "get_cgroup_classid" 4 . 3 ANY (A::Context) -> Number, Nothing;
    /// `skb_vlan_push(skb, proto, tci)`, the protocol in network order.
    SKB_VLAN_PUSH = 18 "skb_vlan_push" 4 . 3 TC (A::Context, A::Number, A::Number) -> Number, Packet;
    /// `skb_vlan_pop(skb)`
    SKB_VLAN_POP = 19 "skb_vlan_pop" 4 . 3 TC (A::Context) -> Number, Packet;
    /// `redirect(ifindex, flags)`: the verdict to return.
    REDIRECT = 23 "redirect" 4 . 4 REDIRECTS (A::Number, A::Number) -> Number, State;
    /// `get_route_realm(skb)`: the realm of the packet's route; 0 if it has none.
    GET_ROUTE_REALM = 24 "get_route_realm" 4 . 4 HASHES (A::Context) -> Number, Nothing;
    /// `perf_event_output(ctx, map, flags, data, size)`: a record; bits 32 to 51 of the flags say
    /// how many packet bytes to add.
    PERF_EVENT_OUTPUT = 25 "perf_event_output" 4 . 4 ANY GPL (A::Context, A::Map(&[M::PerfEventArray]), A::Number, A::Memory, A::Size(0)) -> Number, State;
    /// `skb_load_bytes(skb, offset, to, len)`: copies packet bytes, paged ones too; 0 or `-EFAULT`.
    SKB_LOAD_BYTES = 26 "skb_load_bytes" 4 . 5 SKB (A::Context, A::Number, A::MemoryOut, A::Size(1)) -> Number, Nothing;
    /// `csum_diff(from, from_size, to, to_size, seed)`: sizes are multiples of 4.
    CSUM_DIFF = 28 "csum_diff" 4 . 6 SUMS (A::MemoryOrNull, A::Size(0), A::MemoryOrNull, A::Size(0), A::Number) -> Number, Nothing;
    /// `skb_change_proto(skb, proto, flags)`: between IPv4 and IPv6.
    SKB_CHANGE_PROTO = 31 "skb_change_proto" 4 . 8 TC (A::Context, A::Number, A::Number) -> Number, Packet;
    /// `skb_change_type(skb, type)`
    SKB_CHANGE_TYPE = 32 "skb_change_type" 4 . 8 TC (A::Context, A::Number) -> Number, Packet;
    /// `skb_under_cgroup(skb, map, index)`: whether the packet's socket belongs to the control group that the
    /// map holds there, or to one in it.
    SKB_UNDER_CGROUP = 33 "skb_under_cgroup" 4 . 8 HASHES (A::Context, A::Map(&[M::CgroupArray]), A::Number) -> Truth, State;
    /// `get_hash_recalc(skb)`: the flow's hash, computed if need be.
    GET_HASH_RECALC = 34 "get_hash_recalc" 4 . 8 HASHES (A::Context) -> Number, State;
    /// `skb_change_tail(skb, len, flags)`
    SKB_CHANGE_TAIL = 38 "skb_change_tail" 4 . 9 CHANGE (A::Context, A::Number, A::Number) -> Number, Packet;
    /// `skb_pull_data(skb, len)`: makes bytes accessible through `data`.
    SKB_PULL_DATA = 39 "skb_pull_data" 4 . 9 PULLS (A::Context, A::Number) -> Number, Packet;
    /// The number of the processor's node of memory.
    GET_NUMA_NODE_ID = 42 "get_numa_node_id" 4 . 10 ANY () -> Number, Nothing;
    /// `skb_change_head(skb, len, flags)`: room before the packet.
    SKB_CHANGE_HEAD = 43 "skb_change_head" 4 . 10 CHANGE (A::Context, A::Number, A::Number) -> Number, Packet;
    /// `xdp_adjust_head(xdp, delta)`
    XDP_ADJUST_HEAD = 44 "xdp_adjust_head" 4 . 10 XDP (A::Context, A::Number) -> Number, Packet;
    /// `get_socket_cookie(skb)`: a number of the packet's socket alone; 0 if it has none.
    GET_SOCKET_COOKIE = 46 "get_socket_cookie" 4 . 12 OWNED (A::Context) -> Number, Nothing;
    /// `get_socket_uid(skb)`: the user that the packet's socket is of; `overflowuid` if it has none.
    GET_SOCKET_UID = 47 "get_socket_uid" 4 . 12 OWNED (A::Context) -> Number, Nothing;
    /// `skb_adjust_room(skb, delta, mode, flags)`
    SKB_ADJUST_ROOM = 50 "skb_adjust_room" 4 . 13 TC (A::Context, A::Number, A::Number, A::Number) -> Number, Packet;
    /// `redirect_map(map, key, flags)`: the verdict to return.
    REDIRECT_MAP = 51 "redirect_map" 4 . 14 XDP (A::Map(REDIRECTED), A::Number, A::Number) -> Number, State;
    /// `xdp_adjust_meta(xdp, delta)`
    XDP_ADJUST_META = 54 "xdp_adjust_meta" 4 . 15 XDP (A::Context, A::Number) -> Number, Packet;
    /// `xdp_adjust_tail(xdp, delta)`
    XDP_ADJUST_TAIL = 65 "xdp_adjust_tail" 4 . 18 XDP (A::Context, A::Number) -> Number, Packet;
    /// `fib_lookup(ctx, params, size, flags)`
    FIB_LOOKUP = 69 "fib_lookup" 4 . 18 ROUTES GPL (A::Context, A::Fixed(FIB), A::Number, A::Number) -> Number, State;
    /// `lwt_push_encap(skb, type, header, len)`: headers around the packet; since 5.1 IP ones.
    LWT_PUSH_ENCAP = 73 "lwt_push_encap" 5 . 1 ENCAPS (A::Context, A::Number, A::Memory, A::Size(1)) -> Number, Packet;
    /// `skb_cgroup_id(skb)`: the control group of the packet's socket; 0 if it has none.
    SKB_CGROUP_ID = 79 "skb_cgroup_id" 4 . 18 SK_STORAGES (A::Context) -> Number, Nothing;
    /// The control group of the process that runs.
    GET_CURRENT_CGROUP_ID = 80 "get_current_cgroup_id" 6 . 12 ANY () -> Number, Nothing;
    /// `get_local_storage(map, flags)`: the value of the control group that the program is attached to.
    GET_LOCAL_STORAGE = 81 "get_local_storage" 4 . 19 CGROUPS (A::Map(M::OF_CGROUP), A::Number) -> Value, Nothing;
    /// `skb_ancestor_cgroup_id(skb, level)`: the one that this group is in, so far from the root; 0 if there
    /// is none.
    SKB_ANCESTOR_CGROUP_ID = 83 "skb_ancestor_cgroup_id" 4 . 19 SK_STORAGES (A::Context, A::Number) -> Number, Nothing;
    /// `sk_lookup_tcp(ctx, tuple, size, netns, flags)`
    SK_LOOKUP_TCP = 84 "sk_lookup_tcp" 4 . 20 SOCKETS (A::Context, A::Memory, A::Size(1), A::Number, A::Number) -> SocketOrNull, State;
    /// `sk_lookup_udp(ctx, tuple, size, netns, flags)`
    SK_LOOKUP_UDP = 85 "sk_lookup_udp" 4 . 20 SOCKETS (A::Context, A::Memory, A::Size(1), A::Number, A::Number) -> SocketOrNull, State;
    /// Gives a socket back.
    SK_RELEASE = 86 "sk_release" 4 . 20 SOCKETS (A::Release) -> Number, State;
    /// `map_push_elem(map, value, flags)`; `BPF_EXIST` 2 drops the oldest of a full map.
    MAP_PUSH_ELEM = 87 "map_push_elem" 4 . 20 ANY (A::Map(PUSHED), A::Value, A::Number) -> Number, State;
    /// `map_pop_elem(map, value)`
    MAP_POP_ELEM = 88 "map_pop_elem" 4 . 20 ANY (A::Map(POPPED), A::ValueOut) -> Number, State;
    /// `map_peek_elem(map, value)`; a bloom filter reads the value and says whether it may be in.
    MAP_PEEK_ELEM = 89 "map_peek_elem" 4 . 20 ANY (A::Map(PEEKED), A::ValueOut) -> Number, Nothing;
    /// Locks the value that begins with the lock. Packets are not read before it is unlocked, which some
    /// hooks do by a call: to the passes the packet is another one.
    SPIN_LOCK = 93 "spin_lock" 5 . 1 LOCKS (A::Lock) -> Nothing, Packet;
    /// Unlocks it.
    SPIN_UNLOCK = 94 "spin_unlock" 5 . 1 LOCKS (A::Lock) -> Nothing, Packet;
    /// `sk_storage_get(map, sk, value, flags)`: a socket's value; `BPF_SK_STORAGE_GET_F_CREATE` 1 makes one,
    /// of zeros without another.
    SK_STORAGE_GET = 107 "sk_storage_get" 5 . 2 SK_STORAGES (A::Map(&[M::SkStorage]), A::Socket, A::ValueOrNull, A::Number) -> ValueOrNull, State;
    /// `sk_storage_delete(map, sk)`
    SK_STORAGE_DELETE = 108 "sk_storage_delete" 5 . 2 SK_STORAGES (A::Map(&[M::SkStorage]), A::Socket) -> Number, State;
    /// 64 bits that count timer ticks.
    JIFFIES64 = 118 "jiffies64" 5 . 6 ANY () -> Number, Nothing;
    /// `get_netns_cookie(skb)`: a number of the packet's network namespace alone.
    GET_NETNS_COOKIE = 122 "get_netns_cookie" 6 . 15 OWNED (A::Context) -> Number, Nothing;
    /// `sk_assign(skb, sk, flags)`: the packet goes to this socket.
    SK_ASSIGN = 124 "sk_assign" 5 . 7 TC (A::Context, A::Socket, A::Number) -> Number, State;
    /// Nanoseconds since boot, with sleep.
    KTIME_GET_BOOT_NS = 125 "ktime_get_boot_ns" 5 . 8 ANY () -> Number, Nothing;
    /// `ringbuf_output(ringbuf, data, size, flags)`: a record in one go.
    RINGBUF_OUTPUT = 130 "ringbuf_output" 5 . 8 ANY (A::Map(&[M::RingBuf]), A::Memory, A::Size(0), A::Number) -> Number, State;
    /// `ringbuf_reserve(ringbuf, size, flags)`: room for a record.
    RINGBUF_RESERVE = 131 "ringbuf_reserve" 5 . 8 ANY (A::Map(&[M::RingBuf]), A::Length, A::Number) -> RecordOrNull, State;
    /// `ringbuf_submit(record, flags)`
    RINGBUF_SUBMIT = 132 "ringbuf_submit" 5 . 8 ANY (A::Record, A::Number) -> Nothing, State;
    /// `ringbuf_discard(record, flags)`
    RINGBUF_DISCARD = 133 "ringbuf_discard" 5 . 8 ANY (A::Record, A::Number) -> Nothing, State;
    /// `ringbuf_query(ringbuf, what)`: bytes that wait 0, of the buffer 1, read so far 2, written so far 3.
    RINGBUF_QUERY = 134 "ringbuf_query" 5 . 8 ANY (A::Map(&[M::RingBuf]), A::Number) -> Number, Nothing;
    /// `redirect_peer(ifindex, flags)`: the verdict to return.
    REDIRECT_PEER = 155 "redirect_peer" 5 . 10 TC (A::Number, A::Number) -> Number, State;
    /// As [`Self::KTIME_GET_NS`], as of the last tick.
    KTIME_GET_COARSE_NS = 160 "ktime_get_coarse_ns" 5 . 11 ANY () -> Number, Nothing;
    /// `xdp_get_buff_len(xdp)`: the packet's length, fragments included.
    XDP_GET_BUFF_LEN = 188 "xdp_get_buff_len" 5 . 18 XDP (A::Context) -> Number, Nothing;
    /// `xdp_load_bytes(xdp, offset, to, len)`: copies packet bytes, fragments too; 0 or `-EINVAL`.
    XDP_LOAD_BYTES = 189 "xdp_load_bytes" 5 . 18 XDP (A::Context, A::Number, A::MemoryOut, A::Size(1)) -> Number, Nothing;
    /// `xdp_store_bytes(xdp, offset, from, len)`
    XDP_STORE_BYTES = 190 "xdp_store_bytes" 5 . 18 XDP (A::Context, A::Number, A::Memory, A::Size(1)) -> Number, Packet;
    /// `map_lookup_percpu_elem(map, key, cpu)`: the value that another processor has under a key.
    MAP_LOOKUP_PERCPU_ELEM = 195 "map_lookup_percpu_elem" 5 . 19 ANY (A::Map(PER_CPU), A::Key, A::Number) -> ValueOrNull, Nothing;
    /// Nanoseconds of International Atomic Time since 1970.
    KTIME_GET_TAI_NS = 208 "ktime_get_tai_ns" 6 . 1 ANY () -> Number, Nothing;
}
