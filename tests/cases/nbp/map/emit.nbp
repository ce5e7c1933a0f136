//# map.emit
// What is handed over is read elsewhere; the program goes on.
//> ethernet / ipv4(ttl=1) / tcp => drop
//> ethernet / ipv4(ttl=2) / tcp => pass

struct Alert { source: ipv4addr, ttl: u8, port: u16 }
map events: ringbuf<Alert>(4KiB);

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if ip.ttl == 1 {
        emit Alert(source = ip.src, ttl = ip.ttl, port = pkt.tcp?.dst_port) to events;
        return drop;
    }
}
