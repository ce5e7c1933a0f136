// Drops connections that are opened from so far away that the packet hardly got here.
program syn_ttl(pkt) on xdp otherwise pass {
    let tcp = pkt.tcp?;     // wherever VLAN tags and options have put it
    let ip = pkt.ipv4?;
    if tcp.syn && !tcp.ack && ip.ttl < 5 { return drop; }
}
