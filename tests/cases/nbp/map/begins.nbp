//# map.begins
//> ethernet / ipv4(src=10.1.2.3) / tcp(dst_port=443) => drop
//> ethernet / ipv4(src=10.2.2.3) / tcp(dst_port=443) => pass
//> ethernet / ipv4(src=192.168.0.1) / tcp(dst_port=443) => drop
//> ethernet / ipv4(src=10.1.2.3) / tcp(dst_port=80) => pass
//> ethernet / ipv4(src=11.1.2.3) / tcp(dst_port=443) => pass
struct Rule { ports: [u16; 2], action: u8 = 1 }
const POWERS: [u64; 4] = [1, 1000, 1000000, 0x1_0000_0000];
map ports: array<u16>(max_entries = 4) = [22, 443];
map powers: array<u64>(max_entries = 8) = POWERS;
map weights: array<u32>(max_entries = 4) = { 3 => 30, 0 => 1 };
map rules: lpm_trie<ipv4prefix, Rule>(max_entries = 16) = {
    10.0.0.0/8 => Rule(ports = [0, 0], action = 0),
    10.1.0.0/16 => Rule(ports = [80, 443]),
    192.168.0.1/32 => Rule(ports = [443, 0]),
};
map users: hash<ipv4addr, u32>(max_entries = 4) = { 10.1.2.3 => 7, 192.168.0.1 => 7 };
map recent: lru_hash<u16, bool>(max_entries = 16) = { 443 => true };
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let tcp = pkt.tcp?;
    let rule = rules[ip.src]?;
    if rule.action == 0 || users[ip.src]? != 7 || powers[3]? != 0x1_0000_0000 || powers[4]? != 0 { return pass; }
    if weights[3]? != 30 || weights[0]? != 1 || weights[1]? != 0 || ports[1]? != tcp.dst_port { return pass; }
    if !recent[tcp.dst_port]? { return pass; }
    for i in 0..2 { if rule.ports[i] == tcp.dst_port { return drop; } }
}
