header ipv4 {
    version: u4 = 4,  ihl: u4,  dscp: u6,  ecn: u2,  total_length: u16,
    id: u16,  reserved: bool,  df: bool,  mf: bool,  fragment_offset: u13,
    ttl: u8 = 64,  protocol: u8,  checksum: u16,
    src: ipv4addr,  dst: ipv4addr,
    options: [ipv4_option] until kind == 0,
    length    ihl * 4 in 20..=60
    checksum  internet(self)
    pseudo    (src, dst, u8(0), protocol, u16(payload.len))
    next      protocol if fragment_offset == 0 { 1 => icmp, 4 => ipv4, 6 => tcp, 17 => udp, 41 | 42 => ipv6, 132 => sctp }
}

header gre {
    checksum_present: bool, reserved: u1, key_present: bool, sequence_present: bool,
    flags: u9, version: u3, protocol: u16,
    checksum: u16 if checksum_present,
    key: u32 if key_present = 7,
    next protocol as ethernet
    limit 4
}

header vxlan {
    flags: u8 = 0x08, reserved: u24, vni: u24, reserved2: u8,
    checksum sum = internet(pseudo, self, payload) if sum != 0
    after udp if dst_port == 4789
    next => ethernet
}

header words {
    length: u16, next: u8, checksum: u8, limit: u8, after: u8, pseudo: u8, program: u8, map: u8, test: u8,
    data: [u8; length - 8]
}

header empty {}
