//# fn.call fn.inline
//> ethernet / ipv4(ttl=3) / tcp(dst_port=9) => drop
//> ethernet / ipv4(ttl=4) / tcp(dst_port=16) => drop
//> ethernet / ipv4(ttl=4) / tcp(dst_port=17) => pass

fn square(x: u32) -> u32 { x * x }
fn is_square(root: u8, of: u16) -> bool {
    if of == 0 { return false; }
    square(root) == of
}

program p(pkt) on xdp otherwise pass {
    if is_square(of = pkt.tcp?.dst_port, root = pkt.ipv4?.ttl) { return drop; }
}
