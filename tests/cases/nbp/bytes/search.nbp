//# bytes.number bytes.slice fn.call
// A name among others, each behind its length.
//> ethernet / ipv4 / udp / hex(03) / "www" / hex(07) / "example" / hex(00) => drop
//> ethernet / ipv4 / udp / hex(07) / "example" / hex(00) => drop
//> ethernet / ipv4 / udp / hex(03) / "www" / hex(07) / "exemple" / hex(00) => pass
//> ethernet / ipv4 / udp / hex(03) / "www" / hex(09) / "example" / hex(00) => pass
//> ethernet / ipv4 / udp / hex(03) / "www" => pass
fn has_label(names: bytes) -> bool {
    let mut at = 0;
    for _i in 0..8 {
        let size = names.u8_at(at) else { return false; };
        if size == 0 { return false; }
        if size == 7 && names[at + 1..].starts_with("example") { return true; }
        at += size + 1;
    }
    false
}
program labels(pkt) on xdp otherwise pass {
    if has_label(pkt.udp?.payload) { return drop; }
}
