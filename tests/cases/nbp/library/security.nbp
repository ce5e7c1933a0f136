//# header.length
// ESP and AH, wherever IPv6 has put them.
//> ethernet / ipv4(protocol=50) / hex(00, 00, 00, 09, 00, 00, 00, 01) => drop
//> ethernet / ipv6(next_header=60) / hex(32, 00, 00, 00, 00, 00, 00, 00) / hex(00, 00, 00, 09, 00, 00, 00, 01) => drop
//> ethernet / ipv4(protocol=51) / hex(06, 04, 00, 00, 00, 00, 00, 09, 00, 00, 00, 01, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00) => drop
//> ethernet / ipv4(protocol=51) / hex(06, 05, 00, 00, 00, 00, 00, 09, 00, 00, 00, 01, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00) => drop
//> ethernet / ipv4(protocol=51) / hex(06, 04, 00, 00, 00, 00, 00, 09, 00, 00, 00) => pass
//> ethernet / ipv4 / tcp => pass

program p(pkt) on xdp otherwise pass {
    if let esp = pkt.esp { if esp.spi == 9 { return drop; } }
    let ah = pkt.ah?;
    if ah.spi == 9 && ah.next_header == 6 { return drop; }
}
