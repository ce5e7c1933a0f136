//# packet.push header.build
//@ xdp xdp.frags
// Which protocol a session carries is said where it is put in.
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet(ethertype=0x8864) / hex(11, 00, 00, 07, 00, 2a, 00, 21) / ipv4(ttl=7) / tcp
//> ethernet / vlan(vid=5) / ipv6 / udp => pass: ethernet / vlan(vid=5, ethertype=0x8864) / hex(11, 00, 00, 07, 00, 32, 00, 57) / ipv6 / udp
//> ethernet / arp => drop: ethernet / arp
program session(pkt) on xdp otherwise drop {
    let six = if let ip = pkt.ipv4 { false } else { true };
    if six { pkt.ipv6?; }
    pkt.push(pppoe(session = 7, protocol = if six { 0x57 } else { 0x21 }));
    return pass;
}
