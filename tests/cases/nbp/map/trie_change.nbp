//# map.trie map.insert map.delete
// Port 1 puts the source's net in, port 2 takes it out again; the longest prefix decides.
//> ethernet / ipv4(src=10.1.2.3) / tcp(dst_port=80) => pass
//> ethernet / ipv4(src=10.1.2.3) / tcp(dst_port=1) => pass
//> ethernet / ipv4(src=10.1.2.9) / tcp(dst_port=80) => drop
//> ethernet / ipv4(src=10.1.3.9) / tcp(dst_port=80) => pass
//> ethernet / ipv4(src=10.1.2.77) / tcp(dst_port=2) => pass
//> ethernet / ipv4(src=10.1.2.9) / tcp(dst_port=80) => pass
//> ethernet / ipv6(src=2001:db8::7) / tcp(dst_port=1) => pass
//> ethernet / ipv6(src=2001:db8::8) / tcp(dst_port=80) => drop
//> ethernet / ipv6(src=2001:db9::8) / tcp(dst_port=80) => pass

map nets: lpm_trie<ipv4prefix, u32>(max_entries = 16);
map nets6: lpm_trie<ipv6prefix, u32>(max_entries = 16);

program p(pkt) on xdp otherwise pass {
    let port = pkt.tcp?.dst_port;
    if let ip = pkt.ipv6 {
        if port == 1 {
            nets6.insert(ipv6prefix(ip.src, 32), 5);
            nets6.insert(ip.src, 6);
        }
        if port == 80 && nets6[ip.src]? == 5 { return drop; }
        return pass;
    }
    let src = pkt.ipv4?.src;
    let net = ipv4prefix(src, 24);
    match port {
        1 => {
            if !nets.insert(10.0.0.0/8, 1) || !nets.insert(net, 2, flags = NOEXIST) { return drop; }
            if nets.insert(net, 2, flags = NOEXIST) { return drop; }
        }
        2 => { if !nets.delete(net) || nets.delete(net) { return drop; } }
        _ => { if nets[src]? == 2 { return drop; } }
    }
}
