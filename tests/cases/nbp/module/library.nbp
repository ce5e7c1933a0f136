//# module.library module.whole
//> ethernet / ipv4(src=10.0.0.1, ttl=9) / udp(src_port=7, dst_port=53) => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=9) / udp(src_port=7, dst_port=53) => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=9) / udp(src_port=7, dst_port=53) => drop
//> ethernet / ipv4(src=10.0.0.9, ttl=9) / udp(src_port=7, dst_port=53) => pass
//- maps
//@ xdp tc.ingress cgroup_skb.ingress lwt.in
use sliding_window;
use prefix_policy.Rule;
use prefix_policy.allows as permitted;
map windows: hash<ipv4addr, sliding_window.Window>(max_entries = 16);
map rules: lpm_trie<ipv4prefix, Rule>(max_entries = 16) = { 10.0.0.0/24 => Rule(action = allow, first_port = 53, last_port = 53) };
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    if !permitted(rules, ip.src, pkt.udp?.dst_port) { return drop; }
    if sliding_window.count(windows, ip.src, width = 1000000s)? > 2 { return drop; }
    return pass;
}
