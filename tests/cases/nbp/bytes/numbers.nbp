//# bytes.number bytes.length
//> ethernet / ipv4(ttl=3) / udp / hex(01, 02, 03, 04, 05, 06, 07, 08, 09) => drop
//> ethernet / ipv4(ttl=3) / udp / hex(01, 02, 03, 04, 05, 06, 07, 08) => pass
//> ethernet / ipv4(ttl=2) / udp / hex(01, 02, 03, 04, 05, 06, 07, 08, 09) => pass
//> ethernet / ipv4(ttl=200) / udp / hex(01, 02, 03, 04, 05, 06, 07, 08, 09) => pass
//> ethernet / ipv4(ttl=3) / udp => pass
//> ethernet / arp => drop
program numbers(pkt) on xdp otherwise pass {
    if let ip = pkt.ipv4 {
        let rest = pkt.payload;
        if rest.u8_at(u32(ip.ttl))? != 4 || rest.u16_at(u32(ip.ttl) + 1)? != 0x0506 { return pass; }
        if rest.u32_at(1)? != 0x02030405 || rest.u64_at(1)? != 0x0203040506070809 { return pass; }
        // Far away there is nothing, and no way around to the start.
        if let far = rest.u8_at(u32(ip.ttl) - 4) { return pass; }
        if let far = rest[u32(ip.ttl) - 4..].u8_at(1) { return pass; }
        if let behind = rest[2..4].u16_at(u32(ip.ttl) - 2) { return pass; }
        if rest[2..4].u8_at(u32(ip.ttl) - 2)? != 4 { return pass; }
        if rest.len == 9 && rest[4..].len == 5 && rest[100..].len == 0 && pkt.u8_at(0)? != 0xff { return drop; }
    } else {
        if pkt.payload.len == 0 { return drop; }
    }
}
