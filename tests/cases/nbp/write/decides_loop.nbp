//# write.field loop.for
//@ xdp tc.egress
// Each round of a loop looks for it anew, and so does what calls a function that changes it.
//> ethernet / ipv4(protocol=250) / hex(00, 07, 00, 50, 00, 08, 00, 00) => drop: ethernet / ipv4(protocol=254) / hex(00, 07, 00, 50, 00, 08, 00, 00)
//> ethernet / ipv4(protocol=14) / hex(00, 07, 00, 50, 00, 08, 00, 00) => pass: ethernet / ipv4(protocol=17) / hex(00, 07, 00, 50, 00, 08, 00, 00)

fn next(ip: ipv4) { ip.protocol += 1; }

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    for i in 0..4 {
        if let udp = pkt.udp { if i == 3 && udp.dst_port == 80 { return pass; } }
        next(ip);
    }
}
