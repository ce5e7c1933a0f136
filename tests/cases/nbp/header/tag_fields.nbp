//# header.find header.fields
//@ xdp xdp.frags
//> ethernet / vlan(vid=0xabc, priority=5, dei) / ipv4 / tcp => drop
//> ethernet / vlan(vid=0xabc, priority=5) / ipv4 / tcp => pass
//> ethernet / vlan(vid=0xabd, priority=5, dei) / ipv4 / tcp => pass
//> ethernet / ipv4 / tcp => pass

program p(pkt) on xdp otherwise pass {
    let tag = pkt.vlan?;
    if tag.vid == 0xabc && tag.priority == 5 && tag.dei && tag.ethertype == 0x800 { return drop; }
}
