//# loop.each packet.stale loop.complexity
//@ xdp
//% 30000
// What moved before they were looked for moves no options.
//> ethernet / vlan / ipv4 / tcp(data_offset=7) => drop: ethernet / ipv4 / tcp(data_offset=7)
//> ethernet / vlan / ipv4 / tcp => pass: ethernet / ipv4 / tcp
program p(pkt) on xdp otherwise pass {
    pkt.pop(vlan);
    let tcp = pkt.tcp?;
    let mut count = 0;
    for option in tcp.options { if option.kind == 1 { count += 1; } }
    if count == 8 { return drop; }
}
