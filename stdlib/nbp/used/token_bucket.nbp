// A token bucket for each key: one token comes every so often, and so many are saved up.
//
//     use token_bucket;
//     map buckets: hash<ipv4addr, token_bucket.Bucket>(max_entries = 65536);
//     if !token_bucket.take(buckets, ip.src, every = 10ms, burst = 200)? { return drop; }
//
// A bucket is a single time, and behind a lock, so that processors do not take the same token twice.

// When the bucket is full again; it begins full.
struct Bucket { guard: spin_lock, full: u64 }

// Takes so many tokens out of a key's bucket; false if it has fewer, and takes none then. Absent if there
// is no room for the key.
fn take<K>(buckets: map<K, Bucket>, key: K, every: u64, burst: u64, tokens: u64 = 1) -> bool? {
    let now = time();
    let bucket = buckets.at(key);
    let mut taken = false;
    lock bucket {
        let from = if bucket.full > now { bucket.full } else { now };
        let full = from + every * tokens;
        if full - now <= every * burst {
            bucket.full = full;
            taken = true;
        }
    }
    taken
}

map buckets: hash<ipv4addr, Bucket>(max_entries = 2);

program limited(pkt) on xdp otherwise aborted {
    if take(buckets, pkt.ipv4?.src, every = 10ms, burst = 3)? { pass } else { drop }
}

test "three at once, then one every 10 ms" {
    advance 1s;
    for i in 0..3 { run limited with ethernet / ipv4(src = 10.0.0.1) expect pass; }
    run limited with ethernet / ipv4(src = 10.0.0.1) expect drop;
    run limited with ethernet / ipv4(src = 10.0.0.2) expect pass;
    advance 9ms;
    run limited with ethernet / ipv4(src = 10.0.0.1) expect drop;
    advance 1ms;
    run limited with ethernet / ipv4(src = 10.0.0.1) expect pass;
    run limited with ethernet / ipv4(src = 10.0.0.1) expect drop;
    advance 10s;
    for i in 0..3 { run limited with ethernet / ipv4(src = 10.0.0.1) expect pass; }
    run limited with ethernet / ipv4(src = 10.0.0.1) expect drop;
}

test "without room for a key nothing is decided" {
    run limited with ethernet / ipv4(src = 10.0.0.1) expect pass;
    run limited with ethernet / ipv4(src = 10.0.0.2) expect pass;
    run limited with ethernet / ipv4(src = 10.0.0.3) expect aborted;
}
