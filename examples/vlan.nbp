// Moves a customer's tag into the provider's network: another number, and a priority by the packet's DSCP.
const CUSTOMER = 100;
const PROVIDER = 2100;

program retag(pkt) on xdp otherwise pass {
    let tag = pkt.vlan?;
    if tag.vid != CUSTOMER { return pass; }
    let priority = if let ip = pkt.ipv4 { u3(ip.dscp >> 3) } else { u3(0) };
    tag.vid = PROVIDER;
    tag.priority = priority;
}

test "number and priority" {
    run retag with ethernet / vlan(vid = 100) / ipv4(dscp = 46) / tcp
        expect pass, packet ethernet / vlan(vid = 2100, priority = 5) / ipv4(dscp = 46) / tcp;
    run retag with ethernet / vlan(vid = 100) / ipv6 / udp
        expect pass, packet ethernet / vlan(vid = 2100) / ipv6 / udp;
    run retag with ethernet / vlan(vid = 101) / arp expect pass, packet ethernet / vlan(vid = 101) / arp;
    run retag with ethernet / arp expect pass, packet ethernet / arp;
}
