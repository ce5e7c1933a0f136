//@ xdp
//# header.next header.find
// Who asks for 192.0.2.1 is let through, and what is answered is not.

program p(pkt) on xdp otherwise drop {
    let a = pkt.arp?;
    if a.hardware == 1 && a.protocol == 0x800 && a.operation == 1 && a.target == 192.0.2.1 { return pass; }
}

test "arp" {
    run p with ethernet / arp(operation=1, target=192.0.2.1) expect pass;
    run p with ethernet / arp(operation=1, target=192.0.2.2) expect drop;
    run p with ethernet / arp(operation=2, target=192.0.2.1) expect drop;
    run p with ethernet / vlan(vid=5) / arp(operation=1, sender=10.0.0.9, target=192.0.2.1) expect pass;
    run p with ethernet / ipv4 / udp expect drop;
}
