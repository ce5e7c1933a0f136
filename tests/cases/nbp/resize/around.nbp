//# packet.push header.build
// Headers go around packets of a route: what is inside says what follows the last.
//@ lwt.in
//> ipv4(ttl=7, src=10.0.0.9) / udp(src_port=77) / "abc" => reroute: ipv4(src=192.0.2.1, dst=10.0.0.9, ttl=9, df) / udp(src_port=55555, dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet(dst=02:00:00:00:00:aa) / ipv4(ttl=7, src=10.0.0.9) / udp(src_port=77) / "abc"
//> ipv6(hop_limit=3) / tcp => reroute: ipv6(flow_label=3, src=2001:db8::1, hop_limit=64) / ipv6(hop_limit=3) / tcp
header vx {
    flags: u8 = 8,  reserved: u24,  vni: u24,  more: u8,
    after udp if dst_port == 4789
    next => ethernet
}
program around(pkt) on lwt.in otherwise drop {
    if let ip = pkt.ipv4 {
        pkt.push(
            ipv4(src = 192.0.2.1, dst = ip.src, ttl = u8(ip.ttl + 2), df = true),
            udp(src_port = 55555),
            vx(vni = 7),
            ethernet(dst = 02:00:00:00:00:aa),
        );
        return reroute;
    }
    let six = pkt.ipv6?;
    pkt.push(ipv6(src = 2001:db8::1, flow_label = u20(six.hop_limit)));
    return reroute;
}
