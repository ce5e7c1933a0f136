// What an authentication header covers is inside of it.
//# header.repeat header.inner
//@ xdp tc.ingress
//> ethernet / ipv4(protocol=51) / hex(06, 04, 00, 00, 00, 00, 00, 09, 00, 00, 00, 01, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00) / tcp(dst_port=23) => drop
//> ethernet / ipv4(protocol=51) / hex(06, 05, 00, 00, 00, 00, 00, 09, 00, 00, 00, 01, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00) / tcp(dst_port=23) => pass
//> ethernet / ipv4(protocol=51) / hex(11, 01, 00, 00, 00, 00, 00, 09, 00, 00, 00, 01) / tcp(dst_port=23) => pass
//> ethernet / ipv4(protocol=51) / hex(06, 00, 00, 00, 00, 00, 00, 09) / tcp(dst_port=23) => pass
//> ethernet / ipv6(next_header=60) / hex(33, 00, 00, 00, 00, 00, 00, 00) / hex(06, 01, 00, 00, 00, 00, 00, 09, 00, 00, 00, 01) / tcp(dst_port=23) => drop
//> ethernet / ipv4 / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    if pkt.ah?.inner.tcp?.dst_port == 23 { return drop; }
}

program around(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 23 { return drop; }
}

program moves(pkt) on xdp otherwise pass {
    let udp = pkt.ah?.inner.udp?;
    udp.dst_port = 53;
}

test "behind the header" {
    run p with ethernet / ipv4 / ah / tcp(dst_port = 23) expect drop;
    run p with ethernet / ipv6 / ah(size = 4) / tcp(dst_port = 23) expect drop;
    run p with ethernet / ipv6 / ah / udp(dst_port = 23) expect pass;
    run p with ethernet / ipv4 / ah / ipv4 / tcp(dst_port = 23) expect drop;
    run around with ethernet / ipv4 / ah / tcp(dst_port = 23) expect pass;
}
test "checksums have the number of what is behind" {
    run moves with ethernet / ipv4 / ah / udp(dst_port = 5) / "x" expect packet ethernet / ipv4 / ah / udp(dst_port = 53) / "x";
    run moves with ethernet / ipv6 / ah / udp(dst_port = 5) expect packet ethernet / ipv6 / ah / udp(dst_port = 53);
}
