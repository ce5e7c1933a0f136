//# header.build test.packet
header seen { a: u8, data: [u8], after udp if dst_port == 7001 }
header sealed { a: u16, checksum: u16, after ipv4 if protocol == 99 next a { 4 => ipv4 } checksum internet(self, payload) }
program a(pkt) on xdp otherwise drop {
    pkt.push(ipv4(dst = 192.0.2.2), sealed());
//~ E0207 the checksum of `sealed` covers what follows it
    return pass;
}
program b(pkt) on xdp otherwise drop {
    pkt.push(ipv4(dst = 192.0.2.2, options = tcp_option(mss = 5)));
//~ E0306 `ipv4` has no `tcp_option` in it
    return pass;
}
program c(pkt) on xdp otherwise drop {
    pkt.push(ipv4(dst = 192.0.2.2, ihl = 5, options = "abcd"));
//~ E0202 this `ipv4` says that it has 20 bytes, and 24 are given
    return pass;
}
program d(pkt) on xdp otherwise drop {
    pkt.push(ipv4(dst = 192.0.2.2, options = 5));
//~ E0104 this is no header
    return pass;
}
test "packets" {
    run a with ethernet / ipv4(options = tcp_option(mss = 5)) expect pass;
    //~ E0306 `ipv4` has no `tcp_option` in it
    run a with ethernet / ipv6(extensions = ipv6_extension()) expect pass;
    //~ E0306 `ipv6_extension` follows `ipv6`, and does not lie in it
    run a with ethernet / ipv4 / udp / seen(data = tcp()) expect pass;
    //~ E0306 `seen` has no `tcp` in it
    run a with ethernet / ipv4(options = 5) expect pass;
    //~ E0104 a packet is made of headers and text
}
