//# packet.push header.build
// The whole packet goes into a tunnel: lengths, checksums and what says what follows are filled in.
//@ xdp xdp.frags tc.ingress tc.egress
//> ethernet(src=02:00:00:00:00:09) / ipv4(ttl=7, src=10.0.0.9) / udp(src_port=77) / "abc" => pass: ethernet(dst=02:00:00:00:00:aa, src=02:00:00:00:00:09) / ipv4(src=192.0.2.1, dst=192.0.2.2, ttl=64, df) / udp(src_port=55555, dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet(src=02:00:00:00:00:09) / ipv4(ttl=7, src=10.0.0.9) / udp(src_port=77) / "abc"
//> ethernet / ipv6 / tcp => pass: ethernet(dst=02:00:00:00:00:aa) / ipv4(src=192.0.2.1, dst=192.0.2.2, ttl=64, df) / udp(src_port=55555, dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6 / tcp
header vx {
    flags: u8 = 8,  reserved: u24,  vni: u24,  more: u8,
    after udp if dst_port == 4789
    next => ethernet
}
program encapsulate(pkt) on xdp otherwise drop {
    let eth = pkt.ethernet?;
    pkt.push(
        ethernet(dst = 02:00:00:00:00:aa, src = eth.src),
        ipv4(src = 192.0.2.1, dst = 192.0.2.2, df = true),
        udp(src_port = 55555),
        vx(vni = 7),
    );
    let outer = pkt.ipv4?;
    if outer.protocol != 17 || pkt.vx?.vni != 7 { return drop; }
    return pass;
}
