// Drops, by address and port, what is put into its maps while it runs; or, with deny, all but that.
// nbpfc examples/access.nbp --attach eth0 --set deny=false
// bpftool map update name hosts key 10 0 0 9 value 1 0 0 0 0 0 0 0      who sends from 10.0.0.9
// bpftool map update name ports key 80 0 value 6 0 0 0 0 0 0 0          who sends to TCP port 80
param deny: bool = false;

// What counts: 1 as source, 2 as destination; of a port also 4 for TCP, 8 for UDP.
struct Rule { ways: u32, packets: u32 }
map ports: hash<u16, Rule>(max_entries = 65536);
map hosts: hash<ipv4addr, Rule>(max_entries = 65536);
map hosts6: hash<ipv6addr, Rule>(max_entries = 65536);
map stations: hash<macaddr, Rule>(max_entries = 65536);

program access(pkt) on xdp otherwise pass {
    if is_listed(pkt.ethernet?, pkt.ipv4, pkt.ipv6, pkt.tcp, pkt.udp) != deny { return drop; }
}

fn is_listed(e: ethernet, ip: ipv4?, ip6: ipv6?, t: tcp?, u: udp?) -> bool {
    if has(stations, e.src, 1) || has(stations, e.dst, 2) { return true; }
    if let ip = ip { if has(hosts, ip.src, 1) || has(hosts, ip.dst, 2) { return true; } }
    if let ip = ip6 { if has(hosts6, ip.src, 1) || has(hosts6, ip.dst, 2) { return true; } }
    if let t = t { return has(ports, t.src_port, 5) || has(ports, t.dst_port, 6); }
    if let u = u { return has(ports, u.src_port, 9) || has(ports, u.dst_port, 10); }
    false
}

fn has<K>(list: map<K, Rule>, key: K, way: u32) -> bool {
    let rule = list[key] else { return false; };
    if rule.ways & way != way { return false; }
    atomic rule.packets += 1;
    true
}

test "what is listed is dropped" {
    ports[80] = Rule(ways = 6);
    hosts[10.0.0.9] = Rule(ways = 1);
    hosts6[2001:db8::9] = Rule(ways = 3);
    stations[02:00:00:00:00:09] = Rule(ways = 2);
    run access with ethernet / ipv4(src = 10.0.0.1) / tcp(dst_port = 80) expect drop;
    run access with ethernet / ipv6 / tcp(dst_port = 80) expect drop;
    run access with ethernet / ipv4 / tcp(src_port = 80) expect pass;
    run access with ethernet / ipv4 / udp(dst_port = 80) expect pass;
    run access with ethernet / ipv4(src = 10.0.0.9) / icmp expect drop;
    run access with ethernet / ipv4(dst = 10.0.0.9) / icmp expect pass;
    run access with ethernet / ipv6(dst = 2001:db8::9) / icmpv6 expect drop;
    run access with ethernet(dst = 02:00:00:00:00:09) / arp expect drop;
    run access with ethernet(src = 02:00:00:00:00:09) / arp expect pass;
    expect ports[80].packets == 2 && hosts[10.0.0.9].packets == 1;
}

test "what is not listed is dropped" {
    deny = true;
    ports[53] = Rule(ways = 9);
    run access with ethernet / ipv4 / udp(src_port = 53) expect pass;
    run access with ethernet / ipv4 / udp(dst_port = 53) expect drop;
    run access with ethernet / arp expect drop;
}
