//# kernel.helper map.emit
extern fn now() -> u64 from "no_such_helper";
//~ E0401 nbpfc knows no such helper
extern fn bare() -> u64 from "bpf_ktime_get_ns";
//~ E0401 nbpfc knows no such helper
extern fn lookup(x: u32) -> u64 from "map_lookup_elem";
//~ E0104 `map_lookup_elem` takes more than numbers
extern fn clock(x: u32) -> u64 from "ktime_get_ns";
//~ E0207 `ktime_get_ns` is not like this
map odd: ringbuf<u32>(5000);
//~ E0202 a ring buffer has a power of two of bytes
map ring: ringbuf<u32>(4KiB);
map other: hash<u32, u32>(max_entries = 4);
program p(pkt) on xdp otherwise pass {
    if time(5) == 1 { return drop; }
//~ E0207 `time` takes 0 values
    emit 5 to other;
//~ E0104 map `other` takes no events
    emit pkt.ipv4?.src to ring;
//~ E0205 expected u32, found ipv4addr
    if ring[0]? == 1 { return drop; }
//~ E0103 `ring` is a ringbuf: it has no elements by keys
}
