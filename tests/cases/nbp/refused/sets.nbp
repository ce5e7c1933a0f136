//# set.in set.range set.const
const NETS: set<ipv4prefix> = { 10.0.0.0/8, fe80::/10 };
//~ E0205 expected ipv4prefix, found ipv6prefix
program p(pkt) on xdp otherwise pass {
    let tcp = pkt.tcp?;
    let ip = pkt.ipv4?;
    if tcp.dst_port in { 80, 70000 } { return drop; }
//~ E0202 70000 is not a u16
    if tcp.dst_port in 10..10 { return drop; }
//~ E0202 no number is in this range
    if tcp.dst_port in { 80, 9..9 } { return drop; }
//~ E0202 no number is in this range
    if tcp.seq in { 80, 0..65537 } { return drop; }
//~ E0402 a range in a set has at most 65536 numbers
    if ip.src in { 10.0.0.1..10.0.0.9 } { return drop; }
//~ E0104 a range is not a value
    if ip.src in 10.0.0.1..10.0.0.9 { return drop; }
//~ E0205 a range needs numbers
    if tcp.dst_port in { tcp.src_port } { return drop; }
//~ E0206 the compiler has to know this value
    if pkt.udp in { 1 } { return drop; }
//~ E0301 may be absent, so it cannot be looked for
}
