//# write.checksum
// TCP behind UDP: both would have a sum over the addresses, and the one of UDP over that of TCP, too.
header shim { kind: u8, pad: u8, after udp if dst_port == 9 next kind { 1 => tcp } }
program p(pkt) on xdp otherwise pass {
    pkt.ipv4?.dst = 9.9.9.9;
//~ E0309 checksums of `udp` and of `tcp` behind it cover this field
    pkt.ipv4?.ttl = 9;
    if let t = pkt.tcp { return drop; }
}
