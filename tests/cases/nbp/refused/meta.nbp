//# packet.meta
program p(pkt) on xdp otherwise pass {
    pkt.len = 5;
//~ E0305 this cannot be assigned
    if pkt.vlan_tci == 0 { return drop; }
//~ E0103 packets have no `vlan_tci` on xdp
    if pkt.packet_type == 4 { return drop; }
//~ E0103 packets have no `packet_type` on xdp
}
