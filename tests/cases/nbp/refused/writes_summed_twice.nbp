//# write.checksum
// UDP behind UDP: what is found first of each does not tell which sums there are.
header shim { kind: u8, pad: u8, after udp if dst_port == 9 limit 2 next kind { 2 => udp } }
program p(pkt) on xdp otherwise pass {
    pkt.ipv4?.dst = 9.9.9.9;
//~ E0309 checksums of `udp` and of a `udp` behind it cover this field
    pkt.ipv4?.ttl = 9;
    if let t = pkt.tcp { return drop; }
}
