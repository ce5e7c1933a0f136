//# header.after
//> ethernet / ipv6 / icmpv6(type=135) / hex(00, 00, 00, 00, fe, 80, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 07) => drop
//> ethernet / ipv6 / icmpv6(type=136) / hex(60, 00, 00, 00, fe, 80, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 07) => drop
//> ethernet / ipv6 / icmpv6(type=136) / hex(40, 00, 00, 00, fe, 80, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 07) => pass
//> ethernet / ipv6 / icmpv6(type=134) / hex(40, 80, 07, 08, 00, 00, 00, 00, 00, 00, 00, 00) => drop
//> ethernet / ipv6 / icmpv6(type=135) / hex(00, 00, 00, 00, fe, 80) => pass
//> ethernet / ipv6 / icmpv6(type=128) / hex(00, 00, 00, 00) => pass

program p(pkt) on xdp otherwise pass {
    if let asked = pkt.neighbor_solicitation { if asked.target == fe80::7 { return drop; } }
    if let router = pkt.router_advertisement { if router.managed && router.lifetime == 1800 { return drop; } }
    let said = pkt.neighbor_advertisement?;
    if said.solicited && said.override && said.target == fe80::7 { return drop; }
}
