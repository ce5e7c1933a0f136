// Drops connections that are opened from so far away that the packet hardly got here.
program syn_ttl(pkt) on xdp otherwise pass {
    let tcp = pkt.tcp?;  // wherever VLAN tags and options have put it
    let ip = pkt.ipv4?;
    if tcp.syn && !tcp.ack && ip.ttl < 5 { return drop; }
}

test "from far away" {
    run syn_ttl with ethernet / ipv4(ttl = 4) / tcp(syn = true) expect drop;
    run syn_ttl with ethernet / vlan(vid = 5) / ipv4(ttl = 4) / tcp(syn = true) expect drop;
    run syn_ttl with ethernet / ipv4(ttl = 4) / tcp(syn = true, ack = true) expect pass;
    run syn_ttl with ethernet / ipv4(ttl = 5) / tcp(syn = true) expect pass;
}
