//# packet.push header.build
//@ xdp xdp.frags
// Labels stand behind Ethernet and its tags; what is behind the last is IP, or another label.
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet(ethertype=0x8847) / hex(00, 01, 00, 07, 00, 02, 01, 40) / ipv4(ttl=7) / tcp
//> ethernet / vlan(vid=5) / ipv6 / udp / "x" => pass: ethernet / vlan(vid=5, ethertype=0x8847) / hex(00, 01, 00, 07, 00, 02, 01, 40) / ipv6 / udp / "x"
//> ethernet(ethertype=0x8847) / hex(00, 09, 01, 40) / ipv4 / tcp => pass: ethernet(ethertype=0x8847) / hex(00, 01, 00, 07, 00, 02, 00, 40, 00, 09, 01, 40) / ipv4 / tcp
//> ethernet / arp => drop: ethernet / arp
program label(pkt) on xdp otherwise drop {
    pkt.push(mpls(label = 16, ttl = 7), mpls(label = 32));
    if pkt.mpls?.label != 16 { return drop; }
    return pass;
}
