//# packet.pop
//@ tc.ingress tc.egress
// The outermost tag goes away, and the next is put beside the packet.
//> ethernet / vlan(vid=5) / ipv4(ttl=7) / tcp => ok: ethernet / ipv4(ttl=7) / tcp
//> ethernet / vlan(vid=5) / vlan(vid=9) / ipv4(ttl=7) / tcp => trap: ethernet / ipv4(ttl=7) / tcp
//> ethernet / ipv4 / tcp => shot: ethernet / ipv4 / tcp
program untag(pkt) on xdp otherwise shot {
    pkt.pop(vlan);
    if pkt.vlan_present == 1 && pkt.vlan_tci == 9 { return trap; }
    return ok;
}
