// What the longest prefix that has an address says: a table of rules, IPv4 or IPv6.
//
//     use prefix_policy;
//     map rules: lpm_trie<ipv4prefix, prefix_policy.Rule>(max_entries = 1024) = {
//         0.0.0.0/0 => prefix_policy.Rule(action = deny),
//         10.0.0.0/8 => prefix_policy.Rule(action = allow, first_port = 80, last_port = 443),
//     };
//     if !prefix_policy.allows(rules, ip.src, port = tcp.dst_port) { return drop; }

enum Action: u8 { deny, allow }

// To whom a rule's action applies: to ports of a range, and to others the opposite.
struct Rule { action: Action, first_port: u16 = 0, last_port: u16 = 65535, hits: u64 }

// Whether the rule of an address lets a port through; where there is no rule, `default`.
fn allows<P, A>(rules: lpm_trie<P, Rule>, address: A, port: u16, default: bool = false) -> bool {
    let rule = rules[address] else { return default; };
    atomic rule.hits += 1;
    let inside = rule.first_port <= port && port <= rule.last_port;
    inside == (rule.action == Action.allow)
}

map rules: lpm_trie<ipv4prefix, Rule>(max_entries = 16) = {
    10.0.0.0/8 => Rule(action = allow, first_port = 80, last_port = 443),
    10.1.0.0/16 => Rule(action = deny),
    10.1.2.0/24 => Rule(action = deny, first_port = 22, last_port = 22),
};

map rules6: lpm_trie<ipv6prefix, Rule>(max_entries = 16) = { 2001:db8::/32 => Rule(action = allow) };

program guarded(pkt) on xdp otherwise drop {
    let port = pkt.tcp?.dst_port;
    if let ip = pkt.ipv4 {
        if allows(rules, ip.src, port) { return pass; }
    } else if allows(rules6, pkt.ipv6?.src, port) { return pass; }
}

test "the longest prefix decides" {
    run guarded with ethernet / ipv4(src = 10.9.9.9) / tcp(dst_port = 443) expect pass;
    run guarded with ethernet / ipv4(src = 10.9.9.9) / tcp(dst_port = 444) expect drop;
    run guarded with ethernet / ipv4(src = 10.1.9.9) / tcp(dst_port = 443) expect drop;
    run guarded with ethernet / ipv4(src = 10.1.2.9) / tcp(dst_port = 443) expect pass;
    run guarded with ethernet / ipv4(src = 10.1.2.9) / tcp(dst_port = 22) expect drop;
    run guarded with ethernet / ipv4(src = 11.1.2.9) / tcp(dst_port = 443) expect drop;
    run guarded with ethernet / ipv6(src = 2001:db8::7) / tcp(dst_port = 1) expect pass;
    run guarded with ethernet / ipv6(src = 2001:db9::7) / tcp(dst_port = 1) expect drop;
    expect rules[10.0.0.0/8].hits == 2;
}
