//# header.build packet.push test.packet
// What repeats in a header is built with it, and the header says how long it is.
//@ xdp tc.ingress
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(ttl=64, protocol=4, src=0.0.0.0, dst=192.0.2.2, options=94040007) / ipv4(ttl=7) / tcp
program alert(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    pkt.push(ipv4(dst = 192.0.2.2, options = ipv4_option(kind = 148, data = "\x00\x07")));
    return pass;
}
program segments(pkt) on xdp otherwise pass {
    for option in pkt.tcp?.options {
        if let mss = option.mss { if mss == 1460 { return drop; } }
    }
}
test "options" {
    run segments with ethernet / ipv4 / tcp(options = tcp_option(mss = 1460)) expect drop;
    run segments with ethernet / ipv4 / tcp(options = tcp_option(kind = 1) / tcp_option(mss = 1460) / "\x00") expect drop;
    run segments with ethernet / ipv4 / tcp(options = tcp_option(kind = 1) / tcp_option(kind = 0) / tcp_option(mss = 1460)) expect pass;
    run segments with ethernet / ipv4 / tcp(options = tcp_option(scale = 7) / "\x02\x04\x05\xb4") expect drop;
    run segments with ethernet / ipv4 / tcp(options = "\x02\x04\x05\xb4") / "x" expect drop;
}
