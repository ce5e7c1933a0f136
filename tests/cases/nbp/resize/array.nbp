//# header.build header.array
//@ xdp tc.ingress
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(ttl=64, protocol=99, src=0.0.0.0, dst=192.0.2.2) / hex(01, 02, 00, 07, 30, 40, 50, 01, 02, 03, 04, 05, 06, 00, 04) / ipv4(ttl=7) / tcp
header path {
    hops: [u8; 2], own: [u16; 1], bits: [u4; 6], station: [macaddr; 1], protocol: u16,
    after ipv4 if protocol == 99
    next protocol { 4 => ipv4 }
}
program tunnel(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    let bits = [u4(3), 0, 4, 0, u4(ip.ttl - 2), 0];
    pkt.push(
        ipv4(dst = 192.0.2.2, protocol = 99),
        path(hops = [1, 2], own = [ip.ttl], bits = bits, station = [01:02:03:04:05:06]),
    );
    return pass;
}
