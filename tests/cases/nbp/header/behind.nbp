//# header.condition header.next header.find
// What is always there lies behind what may be missing, and counts for whether there is the header.
//@ xdp xdp.frags
//> ethernet / ipv4 / udp(dst_port=7001) / hex(00, 12, 34, 06, aa, bb) / tcp(dst_port=23) => tx
//> ethernet / ipv4 / udp(dst_port=7001) / hex(80, 00, 00, 00, 07, 12, 34, 06, aa, bb) / tcp(dst_port=23) => tx
//> ethernet / ipv4 / udp(dst_port=7001) / hex(c0, 00, 00, 00, 07, 12, 34, 77, 88, 06, aa, bb) / tcp(dst_port=23) => drop
//> ethernet / ipv4 / udp(dst_port=7001) / hex(40, 12, 34, 77, 88, 06, aa, bb) / tcp(dst_port=24) => pass
//> ethernet / ipv4 / udp(dst_port=7001) / hex(c0, 00, 00, 00, 07, 12, 34, 77, 88, 06, aa) => aborted
//> ethernet / ipv4 / udp(dst_port=7001) / hex(00, 12, 34, 06, aa, bb) => pass
//> ethernet / ipv4 / udp(dst_port=7001) / hex(00, 12, 34, 06, aa) => aborted
header session {
    has_id: bool,  has_key: bool,  reserved: u6,
    id: u32 if has_id,
    kind: u4,  code: u12,
    key: u16 if has_key,
    protocol: u8,
    tags: [u8; 2],
    after udp if dst_port == 7001
    next protocol { 6 => tcp }
}
program p(pkt) on xdp otherwise pass {
    if let s = pkt.session {
        let ttl = pkt.ipv4?.ttl;
        if s.kind != 1 || s.code != 0x234 || s.tags[1] != 0xbb || s.tags[ttl & 1] != 0xaa { return pass; }
        if pkt.tcp?.dst_port != 23 { return pass; }
        if let key = s.key { if key == 0x7788 { return drop; } }
        return tx;
    }
    return aborted;
}
