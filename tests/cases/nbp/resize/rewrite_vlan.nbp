//# packet.pop packet.push
//@ xdp xdp.frags
// One tag becomes two others, in a loop all of them.
//> ethernet / vlan(vid=5) / ipv4 / tcp => pass: ethernet / vlan(vid=100, priority=1) / vlan(vid=6) / ipv4 / tcp
//> ethernet / vlan(vid=5) / vlan(vid=1) / vlan(vid=8) / ipv4 / tcp => pass: ethernet / vlan(vid=100, priority=1) / vlan(vid=9) / ipv4 / tcp
//> ethernet / ipv4 / tcp => drop: ethernet / ipv4 / tcp
program retag(pkt) on xdp otherwise drop {
    let mut vid = pkt.vlan?.vid;
    while let tag = pkt.vlan limit 4 {
        vid = tag.vid;
        pkt.pop(vlan);
    }
    pkt.push(vlan(vid = u12(vid + 1)));
    pkt.push(vlan(vid = 100, priority = 1));
    return pass;
}
