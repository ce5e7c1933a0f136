//# write.checksum
// TCP behind UDP: both have a sum over the addresses, and that of UDP is one over that of TCP, too.
//@ xdp tc.ingress tc.egress
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(dst_port=9) / hex(01, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, c7, ba, 00, 00, 6f, 64, 64) => pass: ethernet / ipv4(src=10.1.2.3, dst=9.9.9.9) / udp(dst_port=9) / hex(01, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, bd, a7, 00, 00, 6f, 64, 64)
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(dst_port=9, checksum=0) / hex(01, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, c7, ba, 00, 00, 6f, 64, 64) => pass: ethernet / ipv4(src=10.1.2.3, dst=9.9.9.9) / udp(dst_port=9, checksum=0) / hex(01, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, bd, a7, 00, 00, 6f, 64, 64)
//> ethernet / ipv6(src=fd00::1, dst=fd00::2) / udp(dst_port=9) / hex(01, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, e1, b8, 00, 00, 6f, 64, 64) => pass: ethernet / ipv6(src=fd00::1, dst=2001:db8::9) / udp(dst_port=9) / hex(01, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, b0, f9, 00, 00, 6f, 64, 64)
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(dst_port=10) / hex(01, 00, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, c7, ba, 00, 00, 6f, 64, 64) => pass: ethernet / ipv4(src=10.1.2.3, dst=9.9.9.9) / udp(dst_port=10) / hex(01, 00, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, bd, a7, 00, 00, 6f, 64, 64)
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(dst_port=10, checksum=0) / hex(01, 00, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, c7, ba, 00, 00, 6f, 64, 64) => pass: ethernet / ipv4(src=10.1.2.3, dst=9.9.9.9) / udp(dst_port=10, checksum=0) / hex(01, 00, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, bd, a7, 00, 00, 6f, 64, 64)
//> ethernet / ipv6(src=fd00::1, dst=fd00::2) / udp(dst_port=10) / hex(01, 00, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, e1, b8, 00, 00, 6f, 64, 64) => pass: ethernet / ipv6(src=fd00::1, dst=2001:db8::9) / udp(dst_port=10) / hex(01, 00, 00, 00, 07, 00, 50, 00, 00, 00, 01, 00, 00, 00, 02, 50, 02, 00, 64, b0, f9, 00, 00, 6f, 64, 64)
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / tcp / "x" => pass: ethernet / ipv4(src=10.1.2.3, dst=9.9.9.9) / tcp / "x"
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(dst_port=9) / "x" => pass: ethernet / ipv4(src=10.1.2.3, dst=9.9.9.9) / udp(dst_port=9) / "x"
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(dst_port=9) / hex(02, 00, 55) => pass: ethernet / ipv4(src=10.1.2.3, dst=9.9.9.9) / udp(dst_port=9) / hex(02, 00, 55)
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(dst_port=11) / "odd" => pass: ethernet / ipv4(src=10.1.2.3, dst=9.9.9.9) / udp(dst_port=11) / "odd"
header even { kind: u8, pad: u8, after udp if dst_port == 9 next kind { 1 => tcp } }
header odd { kind: u8, pad: u16, after udp if dst_port == 10 next kind { 1 => tcp } }
program p(pkt) on xdp otherwise pass {
    if let ip = pkt.ipv4 { ip.dst = 9.9.9.9; ip.src = 10.1.2.3; }
    if let ip = pkt.ipv6 { ip.dst = 2001:db8::9; }
    return pass;
}

test "built with the sums of both" {
    run p with ethernet / ipv4 / udp(dst_port = 10) / odd / tcp / "odd"
        expect pass, packet ethernet / ipv4(src = 10.1.2.3, dst = 9.9.9.9) / udp(dst_port = 10) / odd / tcp / "odd";
    run p with ethernet / ipv6(src = fd00::7) / udp(dst_port = 9) / even / tcp / "even"
        expect pass, packet ethernet / ipv6(src = fd00::7, dst = 2001:db8::9) / udp(dst_port = 9) / even / tcp / "even";
}
