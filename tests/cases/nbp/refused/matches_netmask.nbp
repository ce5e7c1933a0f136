//# packet.matches
program p(pkt) on xdp otherwise pass {
    if pkt matches "ip broadcast" { return drop; }
//~ E0401 the network's netmask is not known
}
