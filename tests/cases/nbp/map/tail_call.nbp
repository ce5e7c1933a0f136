//# map.program
// Three programs, of which the first sends packets on. A place without a program leads nowhere.
//> ethernet / ipv4(ttl=0, src=10.0.0.1) / tcp(dst_port=80) => drop
//> ethernet / ipv4(ttl=1, src=10.0.0.1) / tcp(dst_port=80) => pass
//> ethernet / ipv4(ttl=2, src=10.0.0.1) / tcp(dst_port=80) => pass
//> ethernet / ipv4(ttl=3, src=10.0.0.1) / tcp(dst_port=80) => drop
//> ethernet / ipv4(ttl=1, src=10.0.0.1) / udp => drop
//> ethernet / ipv4(ttl=200, src=10.0.0.1) / tcp => drop

map steps: prog_array(max_entries = 4) = { 3 => again, 0 => ports, 1 => counts };
map seen: array<u64>(max_entries = 4);

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    seen.at(0) += 1;
    steps.tail_call(u32(ip.ttl));
    seen.at(1) += 1;
    if ip.ttl == 2 { return pass; }
}

program ports(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 80 { return drop; }
}

program counts(pkt) on xdp otherwise drop {
    seen.at(2) += 1;
    if pkt.tcp?.dst_port in { 80, 81, 443, 8080, 8443, 9000, 9001, 9002, 9003 } { return pass; }
}

// It goes on in itself until the kernel has enough of it.
program again(pkt) on xdp otherwise drop {
    seen.at(3) += 1;
    steps.tail_call(3);
}
