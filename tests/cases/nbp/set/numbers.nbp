//# set.in set.range
//> ethernet / ipv4 / tcp(dst_port=22) => drop
//> ethernet / ipv4 / tcp(dst_port=23) => drop
//> ethernet / ipv4 / tcp(dst_port=24) => pass
//> ethernet / ipv4 / tcp(dst_port=6000) => drop
//> ethernet / ipv4 / tcp(dst_port=6063) => drop
//> ethernet / ipv4 / tcp(dst_port=6064) => pass
//> ethernet / ipv4 / tcp(dst_port=80, src_port=1023) => drop
//> ethernet / ipv4 / tcp(dst_port=80, src_port=1024) => pass
//> ethernet / ipv4 / tcp(dst_port=80, src_port=5000) => pass

const SHELLS: set<u16> = { 22, 23, 513, 514, 2222, 5900, 5901, 5902, 5903, 5904 };

program p(pkt) on xdp otherwise pass {
    let tcp = pkt.tcp?;
    if tcp.dst_port in SHELLS || tcp.dst_port in 6000..6064 || tcp.src_port !in 1024..=65535 {
        return drop;
    }
}
