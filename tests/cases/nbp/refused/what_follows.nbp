//# write.field
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    ip.protocol = 17;
//~ E0499 assigning a field that decides what follows
    if let udp = pkt.udp { return pass; }
}
