//# packet.meta
//> ethernet / ipv4 / tcp / "0123456789012345678901234567890123456789" => drop
//> ethernet / ipv4 / tcp => pass

program p(pkt) on xdp otherwise pass {
    if pkt.len >= 60 && pkt.ipv4?.ttl == 64 { return drop; }
}
