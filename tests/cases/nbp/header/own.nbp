//# header.fields header.next header.after
// A protocol of one's own: odd widths, and what follows it.
//> ethernet / ipv4(protocol=99) / hex(a5, c3, 0f, 06) / tcp(dst_port=23) => drop
//> ethernet / ipv4(protocol=99) / hex(a5, c3, 0f, 11) / tcp(dst_port=23) => pass
//> ethernet / ipv4(protocol=99) / hex(a5, c3, 0e, 06) / tcp(dst_port=23) => pass

header shim {
    a: u3,  b: u7,  c: u14,  protocol: u8,
    after ipv4 if protocol == 99
    next protocol { 6 => tcp, 17 => udp }
}

program p(pkt) on xdp otherwise pass {
    let shim = pkt.shim?;
    if shim.a == 5 && shim.b == 0x17 && shim.c == 0x30f && pkt.tcp?.dst_port == 23 { return drop; }
}
