//# header.find header.repeat
// TCP wherever tags have put it.
//> ethernet / ipv4 / tcp(dst_port=23) => drop
//> ethernet / vlan / ipv4 / tcp(dst_port=23) => drop
//> ethernet / vlan / vlan / vlan / vlan / ipv4 / tcp(dst_port=23) => drop
//> ethernet / vlan / vlan / vlan / vlan / vlan / ipv4 / tcp(dst_port=23) => pass
//> ethernet / vlan / ipv6 / tcp(dst_port=23) => drop
//> ethernet / vlan / ipv4 / udp(dst_port=23) => pass
//> ethernet / vlan => pass

program p(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 23 { return drop; }
}
