//# kernel.storage
map sockets: sk_storage<u32>();
map group: cgroup_storage<u32>();
map second: cgroup_storage<u32>();
map some: sockmap(max_entries = 4);
program q(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let sk = lookup_tcp(ip.src, ip.dst, 1, 2)?;
    if sockets.at(sk) == 5 { return drop; }
//~ E0401 programs on xdp do not call `at`
    if group.get() == 5 { return drop; }
//~ E0401 programs on xdp do not call `get`
}
