//# test.run map.emit
//@ xdp
struct Alert { source: ipv4addr, ttl: u8 }
map alerts: perf_event_array<Alert>();
map others: perf_event_array<u32>();

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    emit Alert(source = ip.src, ttl = ip.ttl) to alerts;
    if ip.ttl < 3 { emit u32(ip.ttl) to others; }
    return drop;
}

test "events are noted" {
    run p with ethernet / ipv4(src = 10.0.0.1, ttl = 1) expect drop, emit Alert(source = 10.0.0.1, ttl = 1) to alerts, emit 1 to others;
    run p with ethernet / ipv4(src = 10.0.0.2) expect drop;
    run p with ethernet / ipv4(src = 10.0.0.3, ttl = 2) expect drop, emit 2 to others, emit Alert(source = 10.0.0.2, ttl = 64) to alerts,
        emit Alert(source = 10.0.0.3, ttl = 2) to alerts;
}
