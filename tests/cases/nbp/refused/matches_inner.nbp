//# packet.matches
program p(pkt) on xdp otherwise pass {
    if pkt.gre?.inner matches "tcp" { return drop; }
//~ E0104 what is behind gre does not always begin with the same layer
    if pkt.ipv4?.inner matches "tcp" { return drop; }
//~ E0104 what is behind ipv4 does not always begin with the same layer
    if pkt.vxlan?.inner matches "tcp frob" { return drop; }
//~ E0002 unexpected
}
