//# kernel.storage
map sockets: sk_storage<u32>();
map group: cgroup_storage<u32>();
map second: cgroup_storage<u32>();
map mine: percpu_cgroup_storage<u32>();
map other: percpu_cgroup_storage<u32>();
map some: sockmap(max_entries = 4);
program p(pkt) on cgroup_skb.ingress otherwise allow {
    if group.get() + second.get() == 2 { return deny; }
//~ E0402 a program has one map of this type
    if mine.get() + other.get() == 2 { return deny; }
//~ E0402 a program has one map of this type
}
