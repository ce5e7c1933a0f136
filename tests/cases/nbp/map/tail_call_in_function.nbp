//# map.program fn.call
// A function goes on in a program for the one that calls it, and comes back where there is none.
//> ethernet / ipv4(ttl=0) / tcp(dst_port=80) => drop
//> ethernet / ipv4(ttl=1) / tcp(dst_port=80) => pass
//> ethernet / ipv4(ttl=9) / tcp(dst_port=80) => drop
map steps: prog_array(max_entries = 2) = { 0 => ports };
map seen: array<u64>(max_entries = 2);

fn go_on(step: u32) -> u32 {
    if let s = seen[0] { s += 1; }
    steps.tail_call(step);
    step + 1
}

fn twice(step: u32) -> u32 { go_on(step) + go_on(step) }

program p(pkt) on xdp otherwise drop {
    let ttl = pkt.ipv4?.ttl;
    let n = twice(u32(ttl));
    seen.at(1) += 1;
    if n == 4 { return pass; }
}

program ports(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 80 { return drop; }
}
