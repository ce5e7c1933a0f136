//# bytes.payload
//@ xdp
//% 4500
// What was found once is not looked for again.
//> ethernet / ipv4 / tcp / "GET /x" => drop
//> ethernet / vlan / ipv6 / tcp / "GET /xyz" => pass
//> ethernet / ipv4 / udp / "GET x" => pass
program p(pkt) on xdp otherwise pass {
    let mut n = 0;
    if pkt.payload.starts_with("GET ") { n += 1; }
    if pkt.payload[4..].starts_with("/") { n += 2; }
    if pkt.payload.len < 8 { n += 4; }
    if n == 7 { return drop; }
}
