//@ xdp
//# header.inner header.find test.packet
// A session of PPP says by numbers of its own which IP it carries (RFC 1332, RFC 5072).

program p(pkt) on xdp otherwise drop {
    let session = pkt.pppoe?;
    if session.protocol == 0x21 && session.inner.ipv4?.ttl == 9 { return pass; }
    if session.protocol == 0x57 && session.inner.ipv6?.hop_limit == 9 { return pass; }
}

test "a session" {
    run p with ethernet / pppoe(session = 7) / ipv4(ttl = 9) expect pass, packet ethernet / pppoe(session = 7, protocol = 0x21) / ipv4(ttl = 9);
    run p with ethernet / pppoe(session = 7) / ipv6(hop_limit = 9) expect pass, packet ethernet / pppoe(session = 7, protocol = 0x57) / ipv6(hop_limit = 9);
    run p with ethernet / pppoe(protocol = 0x21) / ipv6(hop_limit = 9) expect drop;
    run p with ethernet / pppoe(protocol = 0x57) / ipv4(ttl = 9) expect drop;
}
