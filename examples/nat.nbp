// One-to-one NAT: for those outside, the machine behind us has the service's address, and port 80.
const SERVICE = 192.0.2.10;
const MACHINE = 10.1.0.7;

program inbound(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if ip.dst == SERVICE {
        ip.dst = MACHINE;  // the checksums that cover it follow
        if let tcp = pkt.tcp {
            if tcp.dst_port == 80 { tcp.dst_port = 8080; }
        }
    }
}

program outbound(pkt) on tc.egress otherwise ok {
    let ip = pkt.ipv4?;
    if ip.src == MACHINE {
        ip.src = SERVICE;
        if let tcp = pkt.tcp {
            if tcp.src_port == 8080 { tcp.src_port = 80; }
        }
    }
}

test "address, port and checksums, in" {
    run inbound with ethernet / ipv4(dst = SERVICE) / tcp(dst_port = 80, syn = true)
        expect pass, packet ethernet / ipv4(dst = MACHINE) / tcp(dst_port = 8080, syn = true);
    run inbound with ethernet / ipv4(dst = SERVICE) / udp(dst_port = 53) / "question"
        expect pass, packet ethernet / ipv4(dst = MACHINE) / udp(dst_port = 53) / "question";
    run inbound with ethernet / ipv4(dst = 10.9.9.9) / tcp(dst_port = 80)
        expect pass, packet ethernet / ipv4(dst = 10.9.9.9) / tcp(dst_port = 80);
}

test "and out" {
    run outbound with ethernet / ipv4(src = MACHINE) / tcp(src_port = 8080, ack = true)
        expect ok, packet ethernet / ipv4(src = SERVICE) / tcp(src_port = 80, ack = true);
    run outbound with ethernet / ipv4(src = MACHINE) / udp(src_port = 53) / "answer"
        expect ok, packet ethernet / ipv4(src = SERVICE) / udp(src_port = 53) / "answer";
}
