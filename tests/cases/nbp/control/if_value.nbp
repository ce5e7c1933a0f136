//# if.value
//> ethernet / ipv4(ttl=1) / tcp => drop
//> ethernet / ipv4(ttl=9) / tcp => pass

program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    let limit = if ttl < 5 { 10 } else if ttl < 7 { 20 } else { 30 };
    if limit == 10 { drop } else { pass }
}
