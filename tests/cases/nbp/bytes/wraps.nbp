//# bytes.number type.arithmetic
// A sum that wraps is where it wraps to.
//> ethernet(dst=ff:ff:00:00:00:00, src=07:00:00:00:00:00) / ipv4 / tcp => pass
//> ethernet(dst=ff:fe:00:00:00:00, src=07:00:00:00:00:00) / ipv4 / tcp => drop

program p(pkt) on xdp otherwise drop {
    let n = u32(pkt.u16_at(0)?) << 16;
    if pkt.u8_at(n + 0x10006)? == 7 { return pass; }
    if let byte = pkt.u8_at(pkt.len + 4294967295) { return drop; }
    return pass;
}
