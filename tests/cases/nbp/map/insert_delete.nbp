//# map.element map.insert map.delete
// A knock on port 1 opens, one on port 2 closes.
//> ethernet / ipv4 / tcp(dst_port=80) => drop
//> ethernet / ipv4 / tcp(dst_port=1) => drop
//> ethernet / ipv4 / tcp(dst_port=80) => pass
//> ethernet / ipv4(src=10.9.9.9) / tcp(dst_port=80) => drop
//> ethernet / ipv4 / tcp(dst_port=2) => drop
//> ethernet / ipv4 / tcp(dst_port=80) => drop

map open: hash<ipv4addr, u16>(max_entries = 64);

program p(pkt) on xdp otherwise drop {
    let src = pkt.ipv4?.src;
    let port = pkt.tcp?.dst_port;
    if port == 1 { open.insert(src, 7); }
    if port == 2 && !open.delete(src) { return pass; }
    if open[src]? == 7 && port == 80 { return pass; }
}
