//# name.library
// A header is found by its name, whatever else the module has of that name.
//> ethernet / ipv4(protocol=47) / hex(00, 00, 08, 00) => drop
//> ethernet / ipv4 / tcp(dst_port=80) => drop
//> ethernet / ipv4 / tcp(dst_port=81) => pass
map tcp: array<u64>(max_entries = 1);
program gre(pkt) on xdp otherwise pass {
    tcp.at(0) += 1;
    if let outer = pkt.gre { return drop; }
    if pkt.tcp?.dst_port == 80 { return drop; }
}
