// Tells who opens more than 100 connections a second, and drops what goes beyond.
struct Bucket { since: u64, opened: u32 }
struct Alert { source: ipv4addr, port: u16 }
map buckets: lru_hash<ipv4addr, Bucket>(max_entries = 65536);
map alerts: ringbuf<Alert>(256KiB);

program syn_flood(pkt) on xdp otherwise pass {
    let tcp = pkt.tcp?;
    if !tcp.syn || tcp.ack { return pass; }
    let source = pkt.ipv4?.src;
    let bucket = buckets.at(source);
    let now = time();
    if now - bucket.since > 1s {
        bucket.since = now;
        bucket.opened = 0;
    }
    atomic bucket.opened += 1;
    if bucket.opened > 100 {
        emit Alert(source = source, port = tcp.dst_port) to alerts;
        return drop;
    }
}

test "more than 100 connections a second" {
    let source = 10.0.0.1;
    for i in 0..100 { run syn_flood with ethernet / ipv4(src = source) / tcp(syn = true) expect pass; }
    run syn_flood with ethernet / ipv4(src = source) / tcp(dst_port = 80, syn = true)
        expect drop, emit Alert(source = source, port = 80) to alerts;
    run syn_flood with ethernet / ipv4(src = 10.0.0.2) / tcp(syn = true) expect pass;
    advance 2s;
    run syn_flood with ethernet / ipv4(src = source) / tcp(syn = true) expect pass;
}
