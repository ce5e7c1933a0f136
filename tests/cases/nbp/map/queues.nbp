//# map.queue
// Sources wait in line; with `EXIST` the oldest gives way.
//> ethernet / ipv4(src=10.0.0.1, ttl=1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.2, ttl=1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.3, ttl=1) / tcp => drop
//> ethernet / ipv4(src=10.0.0.1, ttl=2) / tcp => pass
//> ethernet / ipv4(src=10.0.0.4, ttl=4) / tcp => pass
//> ethernet / ipv4(src=10.0.0.5, ttl=4) / tcp => pass
//> ethernet / ipv4(src=10.0.0.4, ttl=3) / tcp => pass
//> ethernet / ipv4(src=10.0.0.9, ttl=7) / tcp => pass
//> ethernet / ipv4(src=10.0.0.5, ttl=5) / tcp => pass
//> ethernet / ipv4(src=10.0.0.8, ttl=3) / tcp => drop

struct Waiting { source: ipv4addr, ttl: u8 }
map line: queue<Waiting>(max_entries = 2);
map pile: stack<u32>(max_entries = 16);

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    pile.push(u32(ip.ttl));
    match ip.ttl {
        1 => { if !line.push(Waiting(source = ip.src, ttl = ip.ttl)) { return drop; } }
        2 => { if line.peek()?.source != ip.src { return drop; } }
        3 => {
            let next = line.pop() else { return drop; };
            if next.source != ip.src { return drop; }
        }
        5 => {
            line.pop();
            // Five on top of seven.
            if pile.pop()? != 5 || pile.peek()? != 7 { return drop; }
        }
        7 => {}
        _ => { if !line.push(Waiting(source = ip.src), flags = EXIST) { return drop; } }
    }
    return pass;
}
