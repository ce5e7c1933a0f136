//# packet.matches
program p(pkt) on xdp otherwise pass {
    if pkt matches "tcp prot 23" { return drop; }
//~ E0002
    let tcp = pkt.tcp?;
    if tcp matches "tcp" { return drop; }
//~ E0205 `matches` asks about packets
}
