//# bytes.payload
//@ xdp tc.ingress
// Behind what changes what follows, it is another one.
//> ethernet / ipv4 / tcp / "GET /x" => drop
//> ethernet / vlan / ipv6 / tcp / "GET /xyz" => pass
//> ethernet / ipv4 / udp / "GET x" => pass
//> ethernet / ipv4(ttl=9) / udp / "GET /x" => pass
program p(pkt) on xdp otherwise pass {
    let mut n = 0;
    if pkt.payload.starts_with("GET ") { n += 1; }
    if pkt.payload[4..].starts_with("/") { n += 2; }
    if pkt.payload.len < 8 { n += 4; }
    if let ip = pkt.ipv4 {
        if ip.ttl == 9 { ip.protocol = 254; }
    }
    if pkt.payload.len == 0 { n += 8; }
    if n == 7 { return drop; }
}
