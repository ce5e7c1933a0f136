//# program.snap
// How many bytes of the packet are kept.
//@ socket
//> ethernet / ipv4(ttl=1) / tcp => 54
//> ethernet / ipv4(ttl=2) / tcp => 34
//> ethernet / ipv4(ttl=3) / tcp => keep
//> ethernet / arp => 14
program p(pkt) on xdp otherwise 14 {
    let ip = pkt.ipv4?;
    if ip.ttl == 1 { return ip.total_length + 14; }
    if ip.ttl == 3 { return keep; }
    34
}
