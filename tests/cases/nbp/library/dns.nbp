//# header.after
//> ethernet / ipv4 / udp(dst_port=53) / hex(12, 34, 01, 00, 00, 01, 00, 00, 00, 00, 00, 00) => drop
//> ethernet / ipv6 / udp(src_port=53, dst_port=999) / hex(12, 34, 81, 83, 00, 01, 00, 00, 00, 00, 00, 00) => drop
//> ethernet / ipv6 / udp(src_port=53, dst_port=999) / hex(12, 34, 81, 80, 00, 01, 00, 01, 00, 00, 00, 00) => pass
//> ethernet / ipv4 / udp(dst_port=54) / hex(12, 34, 01, 00, 00, 01, 00, 00, 00, 00, 00, 00) => pass
//> ethernet / ipv4 / udp(dst_port=53) / hex(12, 34) => pass

program p(pkt) on xdp otherwise pass {
    let dns = pkt.dns?;
    if dns.id != 0x1234 || dns.questions != 1 { return pass; }
    if !dns.response && dns.recursion_desired { return drop; }
    if dns.response && dns.rcode == 3 { return drop; }
}
