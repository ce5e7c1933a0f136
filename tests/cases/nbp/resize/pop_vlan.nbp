//# packet.pop
//@ xdp xdp.frags
//> ethernet / vlan(vid=5) / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(ttl=7) / tcp
//> ethernet / vlan(vid=5) / vlan(vid=9) / arp => pass: ethernet / vlan(vid=9) / arp
//> ethernet / ipv4 / tcp => drop: ethernet / ipv4 / tcp
program untag(pkt) on xdp otherwise drop {
    pkt.pop(vlan);
    if let ip = pkt.ipv4 { if ip.ttl != 7 { return drop; } }
    return pass;
}
