//# write.field write.checksum
//@ xdp tc.ingress
// What was found before is repaired where it lies; the packet has it no more.
//> ethernet / ipv4 / tcp => pass: ethernet(ethertype=0x1234) / ipv4(src=192.0.2.7) / tcp
//> ethernet / ipv4 / udp / "x" => pass: ethernet(ethertype=0x1234) / ipv4(src=192.0.2.7) / udp / "x"
//> ethernet / vlan / ipv4 / tcp => drop: ethernet(ethertype=0x1234) / vlan / ipv4 / tcp

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4;
    let tagged = pkt.vlan;
    pkt.ethernet?.ethertype = 0x1234;
    if let tag = tagged { return drop; }
    ip?.src = 192.0.2.7;
    if let tcp = pkt.tcp { return drop; }
    if let other = pkt.ipv4 { return drop; }
    return pass;
}
