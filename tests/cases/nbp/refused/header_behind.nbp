//# header.condition
header session { a: u8, b: u8 if a == 1, c: u8, after udp if dst_port == 7001 }
program p(pkt) on xdp otherwise pass {
    let s = pkt.session?;
    if s.c? == 1 { return drop; }
//~ E0302 this value is never absent
}
