//# map.reserve map.queue map.query
struct Event { a: u32, b: u32 }
map events: ringbuf<Event>(4KiB);
map line: queue<u32>(max_entries = 4);
program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    if line.query(0) == 1 { return drop; }
//~ E0103 maps of type `queue` have no `query`
    let e = events.reserve()?;
    let f = e;
//~ E0308 record of Event cannot be passed on
    if ttl == 1 { e.submit(); }
    e.a = 1;
//~ E0308 `e` was given back
    events.reserve()?.a = 5;
//~ E0308 record of Event has to have a name
    let o = events.reserve();
//~ E0308 whether this is there has to be decided at once
    events.reserve()?;
//~ E0208 this value is not used
    let g = events.reserve()?;
    g.submit(5);
//~ E0202 a ring buffer has no such flag
    g.keep();
//~ E0103 record of Event has no `keep`
    for i in 0..4 {
//~ E0308 `g` is given back in a loop
        if i == 2 { g.submit(); }
    }
    let k = events.reserve() else { return drop; };
    if ttl == 7 && ({ k.submit(); true }) { return drop; }
//~ E0308 `k` is given back in the middle of an expression
    let h = events.reserve() else { return drop; };
    let x = if ttl == 4 { h } else { h };
//~ E0308 record of Event cannot be passed on
//~ E0308 record of Event cannot be passed on
    h.c = 5;
//~ E0103 Event has no field `c`
    if line[1]? == 4 { return drop; }
//~ E0103 `line` is a queue: it has no elements by keys
    if line.pop() == 4 { return drop; }
//~ E0301 may be absent, so it cannot be compared
    line.delete(4);
//~ E0103 maps of type `queue` have no `delete`
}
