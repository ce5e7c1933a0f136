//# kernel.helper
//- maps
// Time goes on, and a random number that is masked stays small.
//> ethernet / ipv4 / tcp => pass

map last: array<u64>(max_entries = 1);

program p(pkt) on xdp otherwise pass {
    let now = time();
    let before = last.at(0);
    if before > now || boot_time() < now { return drop; }
    before = now;
    if coarse_time() > time() || tai_time() < now || jiffies() == 0xffffffffffffffff || numa_node() > 4096 { return drop; }
    if (random() & 7) > 7 || cpu() > 4096 { return drop; }
}
