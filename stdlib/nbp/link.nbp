// Link layer.

// IEEE 802.3, RFC 894.
header ethernet {
    dst: macaddr, src: macaddr, ethertype: u16,
    next ethertype { 0x0800 => ipv4, 0x0806 => arp, 0x86dd => ipv6, 0x8100 | 0x88a8 | 0x9100 => vlan,
        0x8847 | 0x8848 => mpls, 0x8864 => pppoe }
}

// IEEE 802.1Q and 802.1ad.
header vlan {
    priority: u3, dei: bool, vid: u12, ethertype: u16,
    limit 4
    next ethertype as ethernet
}

// RFC 826, for IPv4 over Ethernet.
header arp {
    hardware: u16 = 1, protocol: u16 = 0x0800, hardware_length: u8 = 6, protocol_length: u8 = 4,
    operation: u16,
    sender_mac: macaddr, sender: ipv4addr, target_mac: macaddr, target: ipv4addr,
}
