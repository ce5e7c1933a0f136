// How often something happened of late, for each key: a window that slides along with time.
//
//     use sliding_window;
//     map windows: hash<ipv4addr, sliding_window.Window>(max_entries = 65536);
//     if sliding_window.count(windows, ip.src, width = 1s)? > 100 { return drop; }
//
// Two counts are kept, of this stretch of time and of the one before. Of the latter counts the share that is
// still inside of the window: exact if events come evenly, and never more than that one's count away.

struct Window { guard: spin_lock, begun: u64, now: u64, before: u64 }

// Counts an event: how many there were in the last `width` nanoseconds, this one among them. Absent if there
// is no room for the key.
fn count<K>(windows: map<K, Window>, key: K, width: u64, events: u64 = 1) -> u64? {
    let now = time();
    let inside = now % width;
    let begun = now - inside;
    let window = windows.at(key);
    let mut total: u64 = 0;
    lock window {
        if window.begun != begun {
            window.before = if window.begun + width == begun { window.now } else { 0 };
            window.begun = begun;
            window.now = 0;
        }
        window.now += events;
        total = window.now + window.before * (width - inside) / width;
    }
    total
}

map windows: hash<u16, Window>(max_entries = 16);

program limited(pkt) on xdp otherwise pass {
    if count(windows, pkt.udp?.dst_port, width = 1s)? > 4 { return drop; }
}

test "four in a second, wherever it begins" {
    advance 10s;
    for i in 0..4 { run limited with ethernet / ipv4 / udp(dst_port = 53) expect pass; }
    run limited with ethernet / ipv4 / udp(dst_port = 53) expect drop;
    run limited with ethernet / ipv4 / udp(dst_port = 54) expect pass;
    advance 1100ms;
    run limited with ethernet / ipv4 / udp(dst_port = 53) expect drop;
    advance 500ms;
    run limited with ethernet / ipv4 / udp(dst_port = 53) expect pass;
    advance 5s;
    for i in 0..4 { run limited with ethernet / ipv4 / udp(dst_port = 53) expect pass; }
    run limited with ethernet / ipv4 / udp(dst_port = 53) expect drop;
}
