//@ xdp
//# header.next header.find
// The first fragment has the ports, the others have none.

program p(pkt) on xdp otherwise drop {
    let f = pkt.ipv6_fragment?;
    if f.more && f.id == 7 && pkt.udp?.dst_port == 53 { return pass; }
}

test "fragment" {
    run p with ethernet / ipv6 / ipv6_fragment(more = true, id=7) / udp(dst_port=53) expect pass;
    run p with ethernet / ipv6 / ipv6_fragment(more = true, id=7) / udp(dst_port=54) expect drop;
    run p with ethernet / ipv6 / ipv6_fragment(fragment_offset=10, id=7) / "more of the same" expect drop;
    run p with ethernet / ipv6 / udp(dst_port=53) expect drop;
}
