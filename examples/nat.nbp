// Sends what is for the service's address to the machine that really has it: one rule of NAT.
const SERVICE = 192.0.2.10;
const MACHINE = 10.1.0.7;

program nat(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if ip.dst == SERVICE {
        ip.dst = MACHINE;  // the checksums that cover it follow
        if let tcp = pkt.tcp {
            if tcp.dst_port == 80 { tcp.dst_port = 8080; }
        }
    }
}

test "address, port and checksums" {
    run nat with ethernet / ipv4(dst = SERVICE) / tcp(dst_port = 80, syn = true)
        expect pass, packet ethernet / ipv4(dst = MACHINE) / tcp(dst_port = 8080, syn = true);
    run nat with ethernet / ipv4(dst = SERVICE) / udp(dst_port = 53) / "question"
        expect pass, packet ethernet / ipv4(dst = MACHINE) / udp(dst_port = 53) / "question";
    run nat with ethernet / ipv4(dst = 10.9.9.9) / tcp(dst_port = 80)
        expect pass, packet ethernet / ipv4(dst = 10.9.9.9) / tcp(dst_port = 80);
}
