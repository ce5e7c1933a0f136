//# packet.push packet.pop header.build
// IP goes into IP and comes out again: what stands before it says what follows.
//@ xdp xdp.frags tc.ingress tc.egress
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(src=192.0.2.1, dst=192.0.2.2, ttl=9) / ipv4(ttl=7) / tcp
//> ethernet / ipv6 / udp => pass: ethernet / ipv4(src=192.0.2.1, dst=192.0.2.2, ttl=9) / ipv6 / udp
//> ethernet / ipv4(ttl=8) / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(ttl=7) / tcp
//> ethernet / ipv4(ttl=8, ihl=7) / ipv6(hop_limit=7) / tcp => pass: ethernet / ipv6(hop_limit=7) / tcp
//> ethernet / ipv4(ttl=8) / tcp => drop: ethernet / ipv4(ttl=8) / tcp
//> ethernet / arp => drop: ethernet / arp
program ipip(pkt) on xdp otherwise drop {
    if let ip = pkt.ipv4 {
        if ip.ttl == 8 {
            pkt.pop(ipv4);
            return pass;
        }
    }
    pkt.push(ipv4(src = 192.0.2.1, dst = 192.0.2.2, ttl = 9));
    return pass;
}
