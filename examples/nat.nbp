// Sends what is for the service's address to the machine that really has it: one rule of NAT.
const SERVICE = 192.0.2.10;
const MACHINE = 10.1.0.7;

program nat(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if ip.dst == SERVICE {
        ip.dst = MACHINE;                       // the checksums that cover it follow
        if let tcp = pkt.tcp {
            if tcp.dst_port == 80 { tcp.dst_port = 8080; }
        }
    }
}
