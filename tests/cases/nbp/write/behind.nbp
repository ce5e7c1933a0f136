//# write.field write.checksum header.condition
//@ xdp tc.ingress
// Fields behind one that may be missing, at odd places or not.
//> ethernet / ipv4 / udp(dst_port=9999) / hex(01, 55, 0f, ff, 07) / "x" => pass: ethernet / ipv4 / udp(dst_port=9999) / hex(01, 55, 0a, bc, 08) / "x"
//> ethernet / ipv4 / udp(dst_port=9999) / hex(00, f0, 00, 07) / "x" => pass: ethernet / ipv4 / udp(dst_port=9999) / hex(00, fa, bc, 08) / "x"
//> ethernet / ipv4 / udp(dst_port=9999) / hex(01, f0, 00, 07) => drop: ethernet / ipv4 / udp(dst_port=9999) / hex(01, f0, 00, 07)

header odd {
    marked: u8,
    mark: u8 if marked == 1,
    a: u4,  b: u12,  c: u8,
    after udp if dst_port == 9999
}

program p(pkt) on xdp otherwise drop {
    let odd = pkt.odd?;
    odd.b = 0xabc;
    odd.c += 1;
    return pass;
}
