//# fn.absent
//@ xdp tc.ingress
//> ethernet / ipv4(ttl=3) / tcp(dst_port=80) => drop
//> ethernet / ipv4(ttl=4) / tcp(dst_port=80) => pass
//> ethernet / ipv6 / tcp => pass
// A function without a result is left where something is absent.
map seen: hash<u8, u32>(max_entries = 4);

fn note(pkt: packets) {
    let ttl = pkt.ipv4?.ttl;
    let count = seen.at(ttl);
    count += 1;
}

program p(pkt) on xdp otherwise pass {
    note(pkt);
    if seen[3]? == 1 && pkt.ipv4?.ttl == 3 { return drop; }
}
