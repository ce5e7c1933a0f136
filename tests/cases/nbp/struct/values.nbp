//# struct.value
//> ethernet / ipv4(ttl=3, src=10.0.0.1) / tcp(dst_port=80) => drop
//> ethernet / ipv4(ttl=4, src=10.0.0.1) / tcp(dst_port=80) => pass
//> ethernet / ipv4(ttl=3, src=10.0.0.9) / tcp(dst_port=80) => pass

struct Flow { src: ipv4addr, port: u16, ttl: u8 = 3, marked: bool }
struct Pair { first: Flow, second: Flow }

fn same(a: Flow, b: Flow) -> bool { a.src == b.src && a.port == b.port && a.ttl == b.ttl }

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let seen = Flow(src = ip.src, port = pkt.tcp?.dst_port, ttl = ip.ttl);
    let mut pair = Pair(first = seen, second = Flow(port = 79, src = 10.0.0.1));
    pair.second.port += 1;
    if same(pair.first, pair.second) && !pair.first.marked { return drop; }
}
