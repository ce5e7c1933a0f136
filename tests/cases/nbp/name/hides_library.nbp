//# name.library header.after
// The program's own `tcp` begins with the ports in one number; the library's code does not see it.
//> ethernet / ipv4 / tcp(src_port=1, dst_port=2) => drop
//> ethernet / ipv4 / tcp(src_port=2, dst_port=1) => pass
//> ethernet / ipv6 / tcp(src_port=1, dst_port=2) => pass

header tcp {
    ports: u32,
    after ipv4 if protocol == 6
}

program p(pkt) on xdp otherwise pass {
    if pkt.tcp?.ports == 0x10002 { return drop; }
}
