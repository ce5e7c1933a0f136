// Network layer.

// What packets begin with where there is no link layer. It has no bytes of its own: it looks at
// the version of what follows.
header ip {
    version: u4, reserved: u4,
    length 0
    next version { 4 => ipv4, 6 => ipv6 }
}

// RFC 791.
header ipv4 {
    version: u4 = 4, ihl: u4 = 5, dscp: u6, ecn: u2, total_length: u16 = payload.len + ihl * 4,
    id: u16, reserved: bool, df: bool, mf: bool, fragment_offset: u13,
    ttl: u8 = 64, protocol: u8, checksum: u16,
    src: ipv4addr, dst: ipv4addr,
    options: [ipv4_option] until kind == 0,
    length ihl * 4 in 20..=60
    checksum internet(self)
    pseudo (src, dst, u8(0), protocol, u16(payload.len))
    next protocol if fragment_offset == 0 {
        1 => icmp, 2 => igmp, 4 => ipv4, 6 => tcp, 17 => udp, 41 => ipv6,
        47 => gre, 50 => esp, 51 => ah, 132 => sctp,
    }
}

// RFC 791, 3.1. Kinds 0 and 1, the end and padding, have no size.
header ipv4_option {
    kind: u8,
    size: u8 if kind > 1,
    data: [u8],
    length size in 2..=40
}

// RFC 8200. Checksums have the number of what is behind all extensions, and until a packet is through
// all addresses of a routing header the last of them (8.1).
header ipv6 {
    version: u4 = 6, dscp: u6, ecn: u2, flow_label: u20,
    payload_length: u16 = payload.len, next_header: u8, hop_limit: u8 = 64,
    src: ipv6addr, dst: ipv6addr,
    extensions: [ipv6_extension],
    pseudo (src, dst if !is_routed(self), u32(payload.len), u24(0),
        next_header if next_header !in { 0, 43, 44, 60 })
    next next_header {
        0 | 43 | 60 => ipv6_extension, 44 => ipv6_fragment,
        4 => ipv4, 6 => tcp, 17 => udp, 41 => ipv6, 58 => icmpv6,
        47 => gre, 50 => esp, 51 => ah, 132 => sctp,
    }
}

// Hop-by-hop options, routing and destination options: RFC 8200, 4.3, 4.4 and 4.6.
header ipv6_extension {
    next_header: u8, size: u8,
    data: [u8],
    length(u16(size) + 1) * 8 in 8..=2048
    limit 8
    next next_header as ipv6
}

// Whether there is a routing header that has segments left: RFC 8200, 4.4.
fn is_routed(ip: ipv6) -> bool {
    let mut kind = ip.next_header;
    for extension in ip.extensions {
        if kind == 43 {
            if let left = extension.bytes.u8_at(3) { if left != 0 { return true; } }
        }
        kind = extension.next_header;
    }
    false
}

// RFC 8200, 4.5.
header ipv6_fragment {
    next_header: u8, reserved: u8, fragment_offset: u13, reserved_bits: u2, more: bool,
    id: u32,
    next next_header if fragment_offset == 0 as ipv6
}

// RFC 792.
header icmp {
    type: u8, code: u8, checksum: u16, rest: u32,
    checksum internet(self, payload)
}

// RFC 1112, 2236 and 3376: what all versions have.
header igmp {
    type: u8, code: u8, checksum: u16, group: ipv4addr,
    checksum internet(self, payload)
}

// RFC 4443.
header icmpv6 {
    type: u8, code: u8, checksum: u16,
    checksum internet(pseudo, self, payload)
}

// Neighbor discovery, RFC 4861, 4.1 to 4.5. Options come behind it.
header router_solicitation {
    reserved: u32,
    after icmpv6 if type == 133
}

header router_advertisement {
    hop_limit: u8, managed: bool, other: bool, reserved: u6, lifetime: u16,
    reachable: u32, retransmit: u32,
    after icmpv6 if type == 134
}

header neighbor_solicitation {
    reserved: u32, target: ipv6addr,
    after icmpv6 if type == 135
}

header neighbor_advertisement {
    router: bool, solicited: bool, override: bool, reserved: u29, target: ipv6addr,
    after icmpv6 if type == 136
}

header neighbor_redirect {
    reserved: u32, target: ipv6addr, destination: ipv6addr,
    after icmpv6 if type == 137
}
