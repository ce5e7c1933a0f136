//# type.conversion type.widening type.address
//> ethernet / ipv4(ttl=200, src=1.2.3.4) / tcp(dst_port=0x1234) => pass

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    let port = pkt.tcp?.dst_port;
    if u8(port) != 0x34 || u4(port) != 4 || u3(u8(port)) != 4 { return drop; }
    if i8(ip.ttl) != -56 || u32(ip.src) != 0x01020304 || ipv4addr(0x01020304) != ip.src { return drop; }
    // A narrower number is one of a wider type.
    let wide: u64 = port;
    if wide != 0x1234 || u32(true) != 1 { return drop; }
    return pass;
}
