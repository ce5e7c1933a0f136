//# set.range set.const
// A range in a set is all its numbers.
//> ethernet / ipv4 / tcp(dst_port=80) => drop
//> ethernet / ipv4 / tcp(dst_port=81) => pass
//> ethernet / ipv4 / tcp(dst_port=7999) => pass
//> ethernet / ipv4 / tcp(dst_port=8000) => drop
//> ethernet / ipv4 / tcp(dst_port=8099) => drop
//> ethernet / ipv4 / tcp(dst_port=8100) => pass
//> ethernet / ipv4 / tcp(src_port=0) => drop
//> ethernet / ipv4 / tcp(src_port=1023, dst_port=1) => drop
//> ethernet / ipv4 / tcp(src_port=1024, dst_port=1) => pass

const PORTS: set<u16> = { 80, 8000..8100 };

program p(pkt) on xdp otherwise pass {
    let tcp = pkt.tcp?;
    if tcp.dst_port in PORTS || tcp.src_port in { 5000, 0..=1023, 1000..1024 } { return drop; }
}
