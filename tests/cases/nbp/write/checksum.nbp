//# write.checksum
//@ xdp tc.ingress tc.egress
// A checksum is assigned as it is, and repaired from there.
//> ethernet / ipv4 / udp(checksum=0) => pass: ethernet / ipv4(ttl=63) / udp(checksum=0)
//> ethernet / ipv4 / udp => pass: ethernet / ipv4(ttl=63) / udp(checksum=0)

program p(pkt) on xdp otherwise drop {
    let udp = pkt.udp?;
    udp.checksum = 0;
    pkt.ipv4?.ttl = 63;
    return pass;
}
