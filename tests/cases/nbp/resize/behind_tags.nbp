//# packet.push packet.pop
//@ xdp xdp.frags
// What is no tag goes behind the tags, of which there may be two, and comes from behind them.
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(src=192.0.2.1, dst=192.0.2.2, ttl=9) / ipv4(ttl=7) / tcp
//> ethernet / vlan(vid=5) / ipv4(ttl=7) / tcp => pass: ethernet / vlan(vid=5) / ipv4(src=192.0.2.1, dst=192.0.2.2, ttl=9) / ipv4(ttl=7) / tcp
//> ethernet / vlan(vid=5) / vlan(vid=9, priority=3) / ipv6 / udp / "odd" => pass: ethernet / vlan(vid=5) / vlan(vid=9, priority=3) / ipv4(src=192.0.2.1, dst=192.0.2.2, ttl=9) / ipv6 / udp / "odd"
//> ethernet / vlan / vlan / vlan / ipv4 / tcp => drop: ethernet / vlan / vlan / vlan / ipv4 / tcp
//> ethernet / vlan(vid=5) / arp => drop: ethernet / vlan(vid=5) / arp
//> ethernet / ipv4(ttl=8) / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(ttl=7) / tcp
//> ethernet / vlan(vid=5) / ipv4(ttl=8) / ipv6(hop_limit=7) / tcp => pass: ethernet / vlan(vid=5) / ipv6(hop_limit=7) / tcp
//> ethernet / vlan(vid=5) / vlan(vid=9) / ipv4(ttl=8, ihl=7) / ipv4(ttl=7) / tcp => pass: ethernet / vlan(vid=5) / vlan(vid=9) / ipv4(ttl=7) / tcp
//> ethernet / vlan(vid=5) / ipv4(ttl=8) / tcp => drop: ethernet / vlan(vid=5) / ipv4(ttl=8) / tcp
program ipip(pkt) on xdp otherwise drop {
    if let ip = pkt.ipv4 {
        if ip.ttl == 8 {
            pkt.pop(ipv4);
            if pkt.tcp?.dst_port != 80 { return drop; }
            return pass;
        }
    }
    pkt.push(ipv4(src = 192.0.2.1, dst = 192.0.2.2, ttl = 9));
    return pass;
}
