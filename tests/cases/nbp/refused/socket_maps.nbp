//# kernel.socket_maps
map sockets: sk_storage<u32>();
map group: cgroup_storage<u32>();
map second: cgroup_storage<u32>();
map some: sockmap(max_entries = 4);
program r(pkt) on socket otherwise pass {
    let sk = some[1]?;
//~ E0401 programs on socket do not call `release`
    some.delete(1);
    if sk.mark == 5 { return drop; }
}
