//# packet.push
// The kernel puts one tunnel around a packet on tc, and no second one.
//@ tc.ingress tc.egress
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(src=192.0.2.1, dst=192.0.2.2, ttl=9) / ipv4(ttl=7) / tcp
//> ethernet / ipv4(ttl=8) / tcp => drop: ethernet / ipv4(src=192.0.2.1, dst=192.0.2.2, ttl=9) / ipv4(ttl=8) / tcp
//> ethernet / ipv4(ttl=6) / tcp => drop: ethernet / ipv4(ttl=6) / tcp
program nested(pkt) on tc.ingress otherwise drop {
    let ttl = pkt.ipv4?.ttl;
    pkt.push(ipv4(src = 192.0.2.1, dst = 192.0.2.2, ttl = 9));
    if ttl == 6 {
        pkt.pop(ipv4);
    }
    if ttl != 7 {
        pkt.push(ipv4(src = 192.0.2.3, dst = 192.0.2.4));
    }
    return pass;
}
