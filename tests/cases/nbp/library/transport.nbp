//# header.next
// SCTP and IGMP.
//> ethernet / ipv4(protocol=132) / hex(00, 01, 0b, 59, 00, 00, 00, 05, 00, 00, 00, 00) => drop
//> ethernet / ipv6(next_header=132) / hex(00, 01, 0b, 59, 00, 00, 00, 05, 00, 00, 00, 00) => drop
//> ethernet / ipv4(protocol=2) / hex(16, 00, 00, 00, e0, 00, 00, 05) => drop
//> ethernet / ipv4(protocol=2) / hex(17, 00, 00, 00, e0, 00, 00, 05) => pass
//> ethernet / ipv4(protocol=132) / hex(00, 01, 0b, 59, 00, 00, 00) => pass

program p(pkt) on xdp otherwise pass {
    if let sctp = pkt.sctp { if sctp.dst_port == 2905 && sctp.tag == 5 { return drop; } }
    let igmp = pkt.igmp?;
    if igmp.type == 0x16 && igmp.group == 224.0.0.5 { return drop; }
}
