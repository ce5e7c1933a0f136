//# header.build packet.push
// Fields that may be missing are there where what decides about them says so.
//@ xdp tc.ingress
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(ttl=64, protocol=47, src=0.0.0.0, dst=192.0.2.2) / hex(20, 00, 08, 00, 00, 00, 00, 07) / ipv4(ttl=7) / tcp
//> ethernet / ipv6 / tcp => pass: ethernet / ipv4(ttl=64, protocol=47, src=0.0.0.0, dst=192.0.2.2) / hex(00, 00, 86, dd) / ipv6 / tcp
header keyed {
    has_sum: bool,  unused: bool,  has_key: bool,  other: u13,  protocol: u16,
    sum: u16 if has_sum,
    key: u32 if has_key,
    after ipv4 if protocol == 47
    next protocol { 0x0800 => ipv4, 0x86dd => ipv6 }
}
program tunnel(pkt) on xdp otherwise drop {
    if let ip = pkt.ipv4 {
        pkt.push(ipv4(dst = 192.0.2.2), keyed(has_key = true, key = u32(ip.ttl)));
        return pass;
    }
    pkt.push(ipv4(dst = 192.0.2.2), keyed());
    return pass;
}
