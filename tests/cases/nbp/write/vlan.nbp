//# write.field
//@ xdp
//> ethernet / vlan(vid=5, priority=3) / ipv4 / tcp => pass: ethernet / vlan(vid=0xabc, priority=7, dei) / ipv4 / tcp
//> ethernet / vlan / vlan(vid=7) / ipv4 / tcp => pass: ethernet / vlan(vid=0xabc, priority=7, dei) / vlan(vid=7) / ipv4 / tcp
//> ethernet / ipv4 / tcp => drop

program p(pkt) on xdp otherwise drop {
    let tag = pkt.vlan?;
    tag.vid = 0xabc;
    tag.priority = 7;
    tag.dei = true;
    return pass;
}
