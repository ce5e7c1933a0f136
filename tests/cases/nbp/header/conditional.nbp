//# header.condition header.after
//@ xdp
//> ethernet / ipv4 / udp(dst_port=9999) / hex(01, 00, aa, bb, 11, 22) => drop
//> ethernet / ipv4 / udp(dst_port=9999) / hex(03, 00, 00, 00, 00, 07, 11, 22) => pass
//> ethernet / ipv4 / udp(dst_port=9999) / hex(00, 00, aa, bb, 11, 22) => pass
//> ethernet / ipv4 / udp(dst_port=9999) / hex(01, 00, aa) => pass
//> ethernet / ipv4 / udp(dst_port=9998) / hex(01, 00, aa, bb) => pass

header tunnel {
    reserved: u6,  keyed: bool,  sequenced: bool,  rest: u8,
    sequence: u32 if keyed,
    key: u16 if sequenced,
    after udp if dst_port == 9999
}

program p(pkt) on xdp otherwise pass {
    let tunnel = pkt.tunnel?;
    if tunnel.key? == 0xaabb && !tunnel.keyed { return drop; }
}
