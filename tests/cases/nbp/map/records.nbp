//# map.reserve
// A record is filled in where it lies. What is not handed over is discarded, whichever way it goes.
//> ethernet / ipv4(ttl=1, src=10.0.0.1) / tcp => drop
//> ethernet / ipv4(ttl=2) / tcp => pass
//> ethernet / ipv4(ttl=3) / udp => pass
//> ethernet / ipv4(ttl=4) / tcp => drop
//> ethernet / ipv4(ttl=5) / tcp => pass
//> ethernet / ipv4(ttl=6) / tcp => drop
//> ethernet / ipv4(ttl=7) / udp => pass
//> ethernet / ipv4(ttl=9) / tcp => drop

struct Alert { source: ipv4addr, ttl: u8, port: u16, more: Counters }
struct Counters { packets: u32, bytes: u64 }
map events: ringbuf<Alert>(4KiB);
map numbers: ringbuf<u32>(4KiB);

fn note(source: ipv4addr, loud: bool) -> bool {
    let e = events.reserve() else { return false; };
    e.source = source;
    if !loud { return false; }
    e.submit();
    true
}

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let e = events.reserve()?;
    e.source = ip.src;
    e.ttl = ip.ttl;
    e.more.bytes = 77;
    e.more.packets += 3;
    if ip.ttl == 1 {
        e.submit();
        return drop;
    }
    let port = pkt.tcp?.dst_port;
    e.port = port;
    match ip.ttl {
        2 => { e.discard(); }
        4 => {
            let copy = e.more;
            e.submit();
            if copy.bytes == 77 { return drop; }
        }
        5 => return pass,
        6 => {
            if note(ip.src, true) && !note(ip.src, false) { return drop; }
        }
        _ => {}
    }
    if let n = numbers.reserve() {
        n = 5;
        n += u32(ip.ttl);
        if ip.ttl == 9 { n.submit(flags = 1); return drop; }
        n.discard(2);
    }
}
