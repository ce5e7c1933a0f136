// Tests stand beside programs; verdicts, packets and what is left in memory are looked at.
//# test.item test.run test.packet
//@ xdp
const SERVICE = 192.0.2.10;

program nat(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if ip.dst == SERVICE {
        ip.dst = 10.1.0.7;
        if let tcp = pkt.tcp { tcp.dst_port = 8080; }
    }
}

program telnet(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 23 { return drop; }
}

test "telnet is dropped wherever it is" {
    run telnet with ethernet / ipv4(src = 10.0.0.1) / tcp(dst_port = 23) expect drop;
    run telnet with ethernet / ipv4 / tcp(dst_port = 22) expect pass;
    run telnet with ethernet / vlan(vid = 5) / vlan / ipv6 / tcp(dst_port = 23) / "hello" expect drop;
    run telnet with ethernet / ipv6 / ipv6_extension / ipv6_fragment / tcp(dst_port = 23) expect drop;
    run telnet with ethernet / ipv4(ihl = 7) / tcp(dst_port = 23, data_offset = 6) expect drop;
    run telnet with ethernet / "\x00\x01" expect pass;
    run telnet with ethernet / ipv4(protocol = 17) / tcp(dst_port = 23) expect pass;
    run telnet with ethernet / ipv4(ihl = 4) / tcp(dst_port = 23) expect pass;
}

test "checksums are those of a packet that is built new" {
    run nat with ethernet / ipv4(dst = SERVICE) / tcp(dst_port = 80) / "GET /"
        expect pass, packet ethernet / ipv4(dst = 10.1.0.7) / tcp(dst_port = 8080) / "GET /";
    run nat with ethernet / vlan / ipv4(dst = SERVICE, ttl = 3) / udp(dst_port = 53) / "odd"
        expect packet ethernet / vlan / ipv4(dst = 10.1.0.7, ttl = 3) / udp(dst_port = 53) / "odd";
    run nat with ethernet / ipv4(dst = SERVICE) / udp(checksum = 0)
        expect packet ethernet / ipv4(dst = 10.1.0.7) / udp(checksum = 0);
}
