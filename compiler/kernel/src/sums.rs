//! Flags of `bpf_l3_csum_replace` and `bpf_l4_csum_replace` (`include/uapi/linux/bpf.h`,
//! `BPF_F_HDR_FIELD_MASK` and those behind it).

/// `BPF_F_HDR_FIELD_MASK`: bytes that changed; 0 if the difference itself is given.
pub const FIELD: u64 = 0xf;
/// `BPF_F_PSEUDO_HDR`: what changed is of the pseudo-header, which is also in a checksum that the
/// network card is still to finish.
pub const PSEUDO_HEADER: u64 = 1 << 4;
/// `BPF_F_MARK_MANGLED_0`: 0 means that there is no checksum, and is not written.
pub const ZERO_IS_NONE: u64 = 1 << 5;
/// `BPF_F_MARK_ENFORCE`: there is one even so.
pub const ENFORCE: u64 = 1 << 6;
/// `BPF_F_IPV6`: no checksum of the network layer makes up for what changed.
pub const IPV6: u64 = 1 << 7;
