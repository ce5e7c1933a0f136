//# map.emit
// By way of perf events, for kernels that have no ring buffers.
//> ethernet / ipv4(ttl=1) / tcp => drop
//> ethernet / ipv4(ttl=2) / tcp => pass

struct Alert { source: ipv4addr, ttl: u8 }
map events: perf_event_array<Alert>();

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if ip.ttl == 1 {
        emit Alert(source = ip.src, ttl = ip.ttl) to events;
        return drop;
    }
}
