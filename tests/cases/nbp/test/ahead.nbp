// A header that decides by bits of the next one sets them there, also if nobody names it.
//# test.packet header.length
//@ xdp
header either {
    reserved: u4, kind: u4,
    length 0
    after udp if dst_port == 7
    next kind { 1 => odd }
}
header odd { high: u4, mark: u4 = 3 }

program p(pkt) on xdp otherwise pass {
    if let long = pkt.quic_long { return drop; }
    if let short = pkt.quic_short { return tx; }
    if let odd = pkt.odd { return aborted; }
}

test "the bit that tells one from the other" {
    run p with ethernet / ipv4 / udp(dst_port = 443) / quic / quic_long(version = 1) expect drop;
    run p with ethernet / ipv4 / udp(dst_port = 443) / quic / quic_short(spin = true) expect tx;
    run p with ethernet / ipv6 / udp(src_port = 443) / quic(form = 1) / quic_long expect drop;
    run p with ethernet / ipv4 / udp(dst_port = 443) / quic / quic_long(long = false) expect tx;
    run p with ethernet / ipv4 / udp(dst_port = 7) / either / odd expect aborted;
    run p with ethernet / ipv4 / udp / quic_long(version = 1) expect drop;
    run p with ethernet / ipv4 / udp(dst_port = 443) / quic_long expect drop;
    run p with ethernet / ipv6 / udp / quic_short(spin = true) expect tx;
    run p with ethernet / ipv6 / udp / odd expect aborted, packet ethernet / ipv6 / udp(dst_port = 7) / either / odd;
    run p with ethernet / ipv4 / udp(dst_port = 7) / either / odd(mark = 2) expect pass;
}
