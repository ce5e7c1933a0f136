//# packet.pop
//@ xdp xdp.frags
// What is behind a label is the next one, or IP, which says itself what it is.
//> ethernet(ethertype=0x8847) / hex(00, 01, 01, 40) / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(ttl=7) / tcp
//> ethernet(ethertype=0x8847) / hex(00, 01, 01, 40) / ipv6 / udp / "x" => pass: ethernet / ipv6 / udp / "x"
//> ethernet(ethertype=0x8847) / hex(00, 01, 00, 40, 00, 02, 01, 40) / ipv4 / tcp => pass: ethernet(ethertype=0x8847) / hex(00, 02, 01, 40) / ipv4 / tcp
//> ethernet / vlan(vid=5, ethertype=0x8847) / hex(00, 01, 01, 40) / ipv6 / udp => pass: ethernet / vlan(vid=5) / ipv6 / udp
//> ethernet(ethertype=0x8847) / hex(00, 01, 01, 40, 10, 00) => drop: ethernet(ethertype=0x8847) / hex(00, 01, 01, 40, 10, 00)
//> ethernet(ethertype=0x8847) / hex(00, 01, 00, 40, 45) => drop: ethernet(ethertype=0x8847) / hex(00, 01, 00, 40, 45)
//> ethernet(ethertype=0x8847) / hex(00, 01, 01, 40) => drop: ethernet(ethertype=0x8847) / hex(00, 01, 01, 40)
//> ethernet / ipv4 / tcp => drop: ethernet / ipv4 / tcp
program label(pkt) on xdp otherwise drop {
    pkt.pop(mpls);
    return pass;
}
