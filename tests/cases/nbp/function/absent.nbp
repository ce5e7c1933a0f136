//# fn.absent
// `?` in a function that may have no value leaves the function.
//> ethernet / ipv4(ttl=3) / tcp(dst_port=80) => drop
//> ethernet / ipv4(ttl=3) / tcp(dst_port=81) => pass
//> ethernet / ipv4(ttl=200) / tcp(dst_port=80) => pass

fn small(x: u8) -> u8? {
    if x < 100 { return x; }
    let none = nothing(x)?;
    none
}
fn nothing(x: u8) -> u8? {
    if x < 100 { return x; }
    none
}

program p(pkt) on xdp otherwise pass {
    let ttl = small(pkt.ipv4?.ttl)?;
    if ttl == 3 && pkt.tcp?.dst_port == 80 { return drop; }
}
