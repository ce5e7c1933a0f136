//# kernel.socket_maps
map named: sockhash<u16>(max_entries = 4);
program p(pkt) on cgroup_skb.ingress otherwise pass {
    let sk = named[1]?;
    named.insert(2, sk);
//~ E0401 programs on cgroup_skb.ingress do not call `insert`
    named.delete(1);
//~ E0401 programs on cgroup_skb.ingress do not call `delete`
}
