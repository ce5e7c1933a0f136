//# if.value absent.try
// The right side of && and || is not asked where the left one decides: its `?` does not leave.
//> ethernet / ipv6 / tcp => drop
//> ethernet / ipv4(ttl=1) / tcp => drop
//> ethernet / ipv4(ttl=2) / tcp => pass

program p(pkt) on xdp otherwise pass {
    let v6 = if let ip = pkt.ipv6 { true } else { false };
    if v6 || pkt.ipv4?.ttl == 1 { return drop; }
}
