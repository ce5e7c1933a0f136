//# absent.use absent.never absent.else absent.let absent.try
map counts: hash<u32, u64>(max_entries = 8);
program p(pkt) on xdp otherwise pass {
    counts[1] += 1;
//~ E0301 may be absent, and is no place then
    if pkt.tcp.dst_port == 80 { return drop; }
//~ E0301 may be absent, so it has no `dst_port`
    let port = pkt.tcp?.dst_port?;
//~ E0302 this value is never absent
    if let x = 5 { return drop; }
//~ E0302 this value is never absent
    let udp = pkt.udp else { let y = 1; };
//~ E0211 this `else` must not fall through
    if pkt.tcp { return drop; }
//~ E0301 may be absent, and is no truth value
}
fn f(x: u32) -> u32 { x }
