//# header.length
// Options move what follows; a length that is none makes the header absent.
//> ethernet / ipv4(ihl=5) / tcp(dst_port=23) => drop
//> ethernet / ipv4(ihl=6) / tcp(dst_port=23) => drop
//> ethernet / ipv4(ihl=15) / tcp(dst_port=23) => drop
//> ethernet / ipv4(ihl=4) / tcp(dst_port=23) => pass
//> ethernet / ipv4(ihl=15) / tcp(dst_port=23, data_offset=4) => pass
//> ethernet / cut(at=40) / ipv4 / tcp(dst_port=23) => pass
//> ethernet / cut(at=39) / ipv4 / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 23 { return drop; }
}
