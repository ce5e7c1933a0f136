//! `EtherType`s that the kernel treats in ways of their own (`include/uapi/linux/if_ether.h`).

/// `ETH_P_IP`.
pub const IPV4: u16 = 0x0800;
/// `ETH_P_IPV6`.
pub const IPV6: u16 = 0x86dd;
/// `ETH_P_8021Q`: a VLAN tag of IEEE 802.1Q.
pub const VLAN: u16 = 0x8100;
/// `ETH_P_8021AD`: a provider's VLAN tag.
pub const VLAN_SERVICE: u16 = 0x88a8;
/// `ETH_P_QINQ1`: a VLAN tag as some made them before IEEE 802.1ad; the kernel leaves it in packets.
pub const VLAN_STACKED: u16 = 0x9100;
