//# map.key map.element
// Keys with gaps between their fields, and addresses of every kind.
//> ethernet / ipv4(ttl=3) / tcp(dst_port=7) => pass
//> ethernet / ipv4(ttl=3) / tcp(dst_port=7) => drop
//> ethernet / ipv4(ttl=4) / tcp(dst_port=7) => pass
//> ethernet / ipv6(hop_limit=3) / tcp(dst_port=7) => pass
//> ethernet / ipv6(hop_limit=3) / tcp(dst_port=7) => drop
//> ethernet / ipv6(hop_limit=3, src=fe80::1) / tcp(dst_port=7) => pass

enum Family: u8 { four = 4, six = 6 }
struct Hop { ttl: u8, marked: bool, sign: i16 }
struct Flow { family: Family, src: ipv6addr, port: u16, hop: Hop, peer: macaddr }
map flows: hash<Flow, u32>(max_entries = 64);

program p(pkt) on xdp otherwise pass {
    let port = pkt.tcp?.dst_port;
    let mut flow = Flow(family = four, src = ::, port = port, hop = Hop(sign = -5), peer = 02:00:00:00:00:09);
    if let ip = pkt.ipv6 {
        flow.family = six;
        flow.src = ip.src;
        flow.hop.ttl = ip.hop_limit;
    } else {
        flow.hop.ttl = pkt.ipv4?.ttl;
    }
    let n = flows.at(flow);
    n += 1;
    if n == 2 { return drop; }
}
