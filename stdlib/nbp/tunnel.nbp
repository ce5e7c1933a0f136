// What carries other packets. What is inside is a packet of its own: `pkt.vxlan?.inner.tcp`.

// RFC 3032: one label of a stack. `inner` is what is behind it, the next label or the packet.
header mpls {
    label: u20, traffic_class: u3, bottom: bool, ttl: u8 = 64,
    limit 8
    next if !bottom => mpls
    next => ip
}

// RFC 2516, a session, and the protocol field of RFC 1661 that follows.
header pppoe {
    version: u4 = 1, type: u4 = 1, code: u8, session: u16, size: u16 = payload.len + 2,
    protocol: u16,
    next protocol if code == 0 { 0x0021 | 0x0057 => ip }
}

// RFC 2784 and 2890.
header gre {
    has_checksum: bool, routing: bool, has_key: bool, has_sequence: bool,
    reserved: u9, version: u3,
    protocol: u16,
    checksum: u16 if has_checksum,
    checksum_reserved: u16 if has_checksum,
    key: u32 if has_key,
    sequence: u32 if has_sequence,
    next protocol if version == 0 { 0x0800 => ipv4, 0x86dd => ipv6, 0x6558 => ethernet }
}

// RFC 7348.
header vxlan {
    reserved: u4, valid: bool = true, reserved_flags: u3, reserved_bits: u24,
    vni: u24, reserved_end: u8,
    after udp if dst_port == 4789
    next => ethernet
}

// RFC 8926.
header geneve {
    version: u2, options_length: u6, control: bool, critical: bool, reserved: u6,
    protocol: u16 = 0x6558,
    vni: u24, reserved_end: u8,
    length u16(options_length) * 4 + 8 in 8..=260
    after udp if dst_port == 6081
    next protocol { 0x0800 => ipv4, 0x86dd => ipv6, 0x6558 => ethernet }
}

// 3GPP TS 29.281, 5.1: the user plane's version 1.
header gtpu {
    version: u3 = 1, protocol_type: bool = true, reserved: bool,
    has_extension: bool, has_sequence: bool, has_number: bool,
    type: u8 = 255, size: u16 = payload.len,
    teid: u32,
    sequence: u16 if has_extension || has_sequence || has_number,
    number: u8 if has_extension || has_sequence || has_number,
    next_extension: u8 if has_extension || has_sequence || has_number,
    after udp if dst_port == 2152
    next if type == 255 && has_extension => gtpu_session
    next if type == 255 => ip
}

// 3GPP TS 38.415: the PDU session container of 5G, in the one word that user traffic has. The
// packet is its `inner`.
header gtpu_session {
    words: u8 = 1,
    type: u4, qmp: u1, reserved: u3,
    paging: bool, reflective: bool, qfi: u6,
    next_extension: u8,
    next if words == 1 && next_extension == 0 => ip
}

// RFC 4303. What follows is encrypted.
header esp {
    spi: u32, sequence: u32,
}

// RFC 4302. What follows is not encrypted: `pkt.ah?.inner.tcp`. Few packets have it, so that programs which
// do not ask for it do not look behind it.
header ah {
    next_header: u8, size: u8, reserved: u16, spi: u32, sequence: u32,
    length(u16(size) + 2) * 4 in 12..=1028
    limit 0
    next next_header {
        1 => icmp, 2 => igmp, 4 => ipv4, 6 => tcp, 17 => udp, 41 => ipv6, 47 => gre, 50 => esp,
        58 => icmpv6, 132 => sctp,
    }
}
