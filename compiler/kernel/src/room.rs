//! Flags of `bpf_skb_adjust_room` (`include/uapi/linux/bpf.h`, `enum` of `BPF_F_ADJ_ROOM_*`), and
//! what `bpf_lwt_push_encap` is told.

/// `BPF_ADJ_ROOM_MAC`: the room is behind the link-layer header.
pub const BEHIND_LINK: u64 = 1;
/// `BPF_F_ADJ_ROOM_ENCAP_L3_IPV4`: what is put there begins with IPv4.
pub const ENCAP_IPV4: u64 = 1 << 1;
/// `BPF_F_ADJ_ROOM_ENCAP_L3_IPV6`: with IPv6.
pub const ENCAP_IPV6: u64 = 1 << 2;
/// `BPF_F_ADJ_ROOM_ENCAP_L4_GRE`: which GRE follows.
pub const ENCAP_GRE: u64 = 1 << 3;
/// `BPF_F_ADJ_ROOM_ENCAP_L4_UDP`: which UDP follows.
pub const ENCAP_UDP: u64 = 1 << 4;
/// `BPF_F_ADJ_ROOM_ENCAP_L2_ETH`: what is inside begins with Ethernet.
pub const ENCAP_ETHERNET: u64 = 1 << 6;
/// `BPF_F_ADJ_ROOM_DECAP_L3_IPV4`: what is left begins with IPv4.
pub const DECAP_IPV4: u64 = 1 << 7;
/// `BPF_F_ADJ_ROOM_DECAP_L3_IPV6`: with IPv6.
pub const DECAP_IPV6: u64 = 1 << 8;
/// `BPF_LWT_ENCAP_IP` of `enum bpf_lwt_encap_mode`: what is put around a packet is IP.
pub const AROUND_IP: u64 = 2;
/// `LWT_BPF_MAX_HEADROOM` (`net/core/lwt_bpf.c`): so many bytes of it at most.
pub const AROUND_MOST: usize = 256;
/// `IPPROTO_UDP`.
pub const UDP: i128 = 17;
/// `IPPROTO_GRE`.
pub const GRE: i128 = 47;

/// `BPF_F_ADJ_ROOM_ENCAP_L2(length)`: bytes between the transport header and the network header
/// inside; with [`ENCAP_ETHERNET`] those of Ethernet alone, for there the kernel looks for it
/// (`bpf_skb_net_grow` in `net/core/filter.c`).
pub const fn encap_link(length: u32) -> u64 {
    (length as u64 & 0xff) << 56
}
