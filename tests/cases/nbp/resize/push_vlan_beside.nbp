//# packet.push packet.meta
//@ tc.ingress tc.egress
// On tc a tag is beside the packet; one that was there before is put into it.
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(ttl=7) / tcp
//> ethernet / ipv4(ttl=9) / tcp => pass: ethernet / vlan(vid=9, priority=3) / ipv4(ttl=9) / tcp
program tag(pkt) on xdp otherwise drop {
    let ttl = pkt.ipv4?.ttl;
    pkt.push(vlan(vid = u12(ttl), priority = 3));
    if pkt.vlan_present != 1 || pkt.vlan_tci != 0x6000 + u32(ttl) { return drop; }
    if ttl == 7 { return pass; }
    pkt.push(vlan(vid = 5));
    if pkt.vlan_tci != 5 || pkt.vlan?.vid != u12(ttl) || pkt.ipv4?.ttl != ttl { return drop; }
    return pass;
}
