//# packet.push header.build
//@ xdp xdp.frags
// What a session carries is said by numbers of its own.
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet(ethertype=0x8864) / hex(11, 00, 00, 07, 00, 2a, 00, 21) / ipv4(ttl=7) / tcp
//> ethernet / vlan(vid=5) / ipv6 / udp => pass: ethernet / vlan(vid=5, ethertype=0x8864) / hex(11, 00, 00, 07, 00, 32, 00, 57) / ipv6 / udp
//> ethernet / arp => drop: ethernet / arp
program session(pkt) on xdp otherwise drop {
    pkt.push(pppoe(session = 7));
    return pass;
}
