//# packet.stale
// On ways that do not go through a resize nothing is lost, and what is found behind it is new.
//@ xdp xdp.frags
//> ethernet / vlan(vid=5) / ipv4(ttl=7) / tcp => pass
//> ethernet / ipv4(ttl=7) / tcp => tx
program p(pkt) on xdp otherwise drop {
    let mut ip = pkt.ipv4?;
    let ttl = ip.ttl;
    if let tag = pkt.vlan {
        if tag.vid != 5 { return drop; }
        pkt.pop(vlan);
        ip = pkt.ipv4?;
        if ip.ttl != ttl { return drop; }
        return pass;
    }
    if ip.ttl == 7 { return tx; }
}
