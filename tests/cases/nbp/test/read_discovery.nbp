//@ xdp
//# header.after header.find
// Messages of neighbor discovery, each by its own header.

program p(pkt) on xdp otherwise drop {
    if let r = pkt.neighbor_redirect { if r.destination == 2001:db8::1 { return tx; } }
    if let r = pkt.router_solicitation { return pass; }
    if let r = pkt.router_advertisement { if r.lifetime > 0 { return pass; } }
    if let n = pkt.neighbor_solicitation { if n.target == fe80::1 { return pass; } }
    if let n = pkt.neighbor_advertisement { if n.solicited && n.target == fe80::1 { return pass; } }
}

test "discovery" {
    run p with ethernet / ipv6 / icmpv6 / router_solicitation expect pass;
    run p with ethernet / ipv6 / icmpv6 / router_advertisement(lifetime=1800) expect pass;
    run p with ethernet / ipv6 / icmpv6 / router_advertisement(lifetime=0) expect drop;
    run p with ethernet / ipv6 / icmpv6 / neighbor_solicitation(target=fe80::1) expect pass;
    run p with ethernet / ipv6 / icmpv6 / neighbor_solicitation(target=fe80::2) expect drop;
    run p with ethernet / ipv6 / icmpv6 / neighbor_advertisement(solicited = true, target=fe80::1) expect pass;
    run p with ethernet / ipv6 / icmpv6 / neighbor_advertisement(target=fe80::1) expect drop;
    run p with ethernet / ipv6 / icmpv6 / neighbor_redirect(target=fe80::1, destination=2001:db8::1) expect tx;
    run p with ethernet / ipv6 / icmpv6(type=128) expect drop;
}
