//# program.verdict
//@ tc.ingress tc.egress
// TC_ACT_SHOT is 2, and the library also calls it `drop`.
//> ethernet / ipv4 / tcp => 2
//> ethernet / ipv4 / udp => 2
//> ethernet / ipv6 / udp => 0

program p(pkt) on xdp otherwise ok {
    let ip = pkt.ipv4?;
    if ip.protocol == 6 { return drop; }
    return shot;
}
