//# set.file
// One element on each line of a file that lies beside the module.
//> ethernet / ipv4(src=10.1.2.3) / tcp(dst_port=1) => drop
//> ethernet / ipv4(src=192.0.2.1) / tcp(dst_port=1) => drop
//> ethernet / ipv4(src=192.0.2.2) / tcp(dst_port=1) => pass
//> ethernet / ipv4(src=192.0.2.2) / tcp(dst_port=80) => drop
//> ethernet / ipv6(src=2001:db8::1) / tcp(dst_port=1) => drop
//> ethernet / ipv6(src=2001:db9::1) / tcp(dst_port=1) => pass
const BLOCKED: set<ipv4prefix> = file "blocked.txt";
program p(pkt) on xdp otherwise pass {
    if let ip = pkt.ipv4 { if ip.src in BLOCKED { return drop; } }
    if let ip = pkt.ipv6 { if ip.src in file "blocked6.txt" { return drop; } }
    if pkt.tcp?.dst_port in file "ports.txt" { return drop; }
}
