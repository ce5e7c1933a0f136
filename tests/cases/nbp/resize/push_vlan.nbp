//# packet.push header.build
//@ xdp xdp.frags
// A tag stands behind Ethernet; what follows it is what followed Ethernet.
//> ethernet / ipv4(ttl=7) / tcp(dst_port=23) => pass: ethernet / vlan(priority=3, vid=7) / ipv4(ttl=7) / tcp(dst_port=23)
//> ethernet / ipv6(hop_limit=9) / udp => tx: ethernet / vlan(priority=3, vid=5) / ipv6(hop_limit=9) / udp
//> ethernet / vlan(vid=9) / arp => tx: ethernet / vlan(priority=3, vid=5) / vlan(vid=9) / arp
//> hex(01, 02, 03) => drop
program tag(pkt) on xdp otherwise drop {
    if let ip = pkt.ipv4 {
        pkt.push(vlan(vid = u12(ip.ttl), priority = 3));
        if pkt.vlan?.vid != 7 || pkt.ipv4?.ttl != 7 || pkt.tcp?.dst_port != 23 { return drop; }
        return pass;
    }
    pkt.push(vlan(vid = 5, priority = 3));
    return tx;
}
