//# map.lock
//@ xdp xdp.frags tc.ingress tc.egress cgroup_skb.ingress cgroup_skb.egress lwt.in lwt.out lwt.xmit
// A bucket that is filled and emptied as a whole, whoever looks on.
//> ethernet / ipv4(src=10.0.0.1, ttl=3) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=3) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=3) / tcp => drop
//> ethernet / ipv4(src=10.0.0.2, ttl=3) / tcp => pass
//> ethernet / ipv4(src=10.0.0.2, ttl=9) / tcp => drop
//> ethernet / ipv4(src=10.0.0.3, ttl=11) / tcp => pass

struct Bucket { packets: u32, guard: spin_lock, bytes: u64, last: ipv4addr, more: u8, by: [u16; 4] }
map buckets: hash<ipv4addr, Bucket>(max_entries = 16);
map total: array<Bucket>(max_entries = 2);

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let ttl = ip.ttl;
    let length = u64(ip.total_length);
    let src = ip.src;
    let bucket = buckets.at(src);
    let sum = total.at(1);
    let mut full = false;
    lock bucket {
        bucket.packets += 1;
        bucket.bytes += length;
        if bucket.packets > 2 { bucket.packets = 0; return drop; }
        full = bucket.bytes > 1000;
        for i in 0..4 { bucket.by[i] += 1; }
    }
    lock sum.guard {
        if ttl == 9 { sum.last = 9.9.9.9; return drop; }
        if ttl > 10 { sum.more = ttl; } else { sum.packets += u32(ttl); }
        if full { sum.bytes += length; }
    }
    if !buckets.insert(10.9.9.9, Bucket(packets = 7)) || buckets[10.9.9.9]?.packets != 7 { return drop; }
}
