//# packet.pop
//@ xdp xdp.frags
// A session's number of the protocol is not Ethernet's.
//> ethernet(ethertype=0x8864) / hex(11, 00, 00, 07, 00, 2a, 00, 21) / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(ttl=7) / tcp
//> ethernet / vlan(vid=5, ethertype=0x8864) / hex(11, 00, 00, 07, 00, 32, 00, 57) / ipv6 / udp => pass: ethernet / vlan(vid=5) / ipv6 / udp
//> ethernet(ethertype=0x8864) / hex(11, 09, 00, 07, 00, 2a, 00, 21) / ipv4 / tcp => drop: ethernet(ethertype=0x8864) / hex(11, 09, 00, 07, 00, 2a, 00, 21) / ipv4 / tcp
//> ethernet(ethertype=0x8864) / hex(11, 00, 00, 07, 00, 2a, c0, 21) / ipv4 / tcp => drop: ethernet(ethertype=0x8864) / hex(11, 00, 00, 07, 00, 2a, c0, 21) / ipv4 / tcp
program session(pkt) on xdp otherwise drop {
    pkt.pop(pppoe);
    return pass;
}
