//# kernel.hook_function kernel.socket_maps
map sockets: sockmap(max_entries = 4);
fn puts(sk: socket) -> bool { sockets.insert(1, sk) }
fn finds(port: u16) -> socket? { lookup_tcp(10.0.0.1, 10.0.0.2, port, 2) }
program q(pkt) on cgroup_skb.egress otherwise drop {
    let sk = finds(5)?;
    if puts(sk) { return allow; }
//~ E0401 programs on cgroup_skb.egress do not call `insert`
}
