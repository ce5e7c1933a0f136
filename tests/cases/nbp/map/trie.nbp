//# map.trie
// Nothing is in it: user space fills it.
//> ethernet / ipv4 / tcp => drop
//> ethernet / ipv6 / tcp => pass

map routes: lpm_trie<ipv4prefix, u32>(max_entries = 1024);
map routes6: lpm_trie<ipv6prefix, u32>(max_entries = 1024);

program p(pkt) on xdp otherwise pass {
    if let ip = pkt.ipv6 {
        if routes6[ip.src]? == 1 { return drop; }
        return pass;
    }
    let route = routes[pkt.ipv4?.src] else { return drop; };
    if route == 5 { return pass; }
}
