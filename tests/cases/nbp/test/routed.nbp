//# test.packet header.pseudo
// As long as a routing header has segments left, the checksum has another destination: a test that does not
// say which gives the checksum itself.
//@ xdp
//> ethernet / ipv6(dst=2001:db8::2) / udp(dst_port=5) => pass
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv6?;
    if pkt.udp?.checksum == 0x1234 { return drop; }
    ip.dst = fd00::9;
    return pass;
}

test "without a routing header, and with one that is used up" {
    run p with ethernet / ipv6(dst = 2001:db8::2) / udp(dst_port = 5) / "x"
        expect pass, packet ethernet / ipv6(dst = fd00::9) / udp(dst_port = 5) / "x";
    run p with ethernet / ipv6(dst = 2001:db8::2) / ipv6_extension / udp(dst_port = 5) / "x"
        expect pass, packet ethernet / ipv6(dst = fd00::9) / ipv6_extension / udp(dst_port = 5) / "x";
    run p with ethernet / ipv6(dst = 2001:db8::2, next_header = 43) / ipv6_extension(data = "\x00\x00\x00\x00\x00\x00") / udp(dst_port = 5)
        expect pass, packet ethernet / ipv6(dst = fd00::9, next_header = 43) / ipv6_extension / udp(dst_port = 5);
    run p with ethernet / ipv6(dst = 2001:db8::2, next_header = 43) / ipv6_extension(data = "\x00\x01\x00\x00\x00\x00") / udp(checksum = 5)
        expect pass, packet ethernet / ipv6(dst = fd00::9, next_header = 43) / ipv6_extension(data = "\x00\x01\x00\x00\x00\x00") / udp(checksum = 5);
}
