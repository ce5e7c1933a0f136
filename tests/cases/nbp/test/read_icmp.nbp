//@ xdp
//# header.next header.find
// Echo requests by their identifier, over both versions of IP.

program p(pkt) on xdp otherwise drop {
    if let i = pkt.icmp {
        if i.type == 8 && i.code == 0 && i.rest >> 16 == 5 { return pass; }
        return drop;
    }
    if pkt.icmpv6?.type == 128 { return pass; }
}

test "icmp" {
    run p with ethernet / ipv4 / icmp(type=8, rest=0x00050001) expect pass;
    run p with ethernet / ipv4 / icmp(type=8, rest=0x00060001) expect drop;
    run p with ethernet / ipv4 / icmp(type=0, rest=0x00050001) expect drop;
    run p with ethernet / ipv6 / icmpv6(type=128) expect pass;
    run p with ethernet / ipv6 / icmpv6(type=129) expect drop;
    run p with ethernet / ipv4 / udp expect drop;
}
