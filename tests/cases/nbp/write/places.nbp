//# write.field write.checksum
//@ xdp tc.ingress
// Fields that cross bytes, in a header with an odd number of them, which UDP's checksum covers.
//> ethernet / ipv4 / udp(dst_port=9999) / hex(00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00) / "xy" => pass: ethernet / ipv4 / udp(dst_port=9999) / hex(06, 00, 00, 10, 38, 08, 10, 18, 20, 28, 30, 38, 40, 10, 00, 00, 00, 00, 4f, e8, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 4d) / "xy"
//> ethernet / ipv4 / udp(dst_port=9999) / hex(00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00) / "x" => pass: ethernet / ipv4 / udp(dst_port=9999) / hex(06, 00, 00, 10, 38, 08, 10, 18, 20, 28, 30, 38, 40, 10, 00, 00, 00, 00, 4f, e8, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 4d) / "x"
//> ethernet / ipv4 / udp(dst_port=9999) / hex(ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff) / "xy" => pass: ethernet / ipv4 / udp(dst_port=9999) / hex(fe, 00, 00, 10, 38, 08, 10, 18, 20, 28, 30, 38, 40, 10, 00, 00, 00, 00, 4f, e8, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 4d) / "xy"
//> ethernet / ipv4 / udp(dst_port=9999) / hex(ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff) / "x" => pass: ethernet / ipv4 / udp(dst_port=9999) / hex(fe, 00, 00, 10, 38, 08, 10, 18, 20, 28, 30, 38, 40, 10, 00, 00, 00, 00, 4f, e8, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 4d) / "x"

header odd {
    a: u5,  address: ipv4addr,  wide: u64,  mac: macaddr,  v6: ipv6addr,  flags: u3,
    after udp if dst_port == 9999
}

program p(pkt) on xdp otherwise drop {
    let odd = pkt.odd?;
    odd.flags = 5;
    odd.wide = 0x0102030405060708;
    odd.v6 = fd00::9;
    odd.mac = 02:00:00:00:00:09;
    odd.address = 192.0.2.7;
    return pass;
}
