//# match.arms match.exhaustive
//> ethernet / ipv4 / tcp(dst_port=22) => drop
//> ethernet / ipv4 / tcp(dst_port=80) => pass
//> ethernet / ipv4(ttl=1) / tcp(dst_port=443) => drop
//> ethernet / ipv4(ttl=2) / tcp(dst_port=443) => pass
//> ethernet / ipv4 / tcp(dst_port=8000) => drop
//> ethernet / ipv4 / tcp(dst_port=8010) => pass
//> ethernet / ipv4 / tcp(dst_port=1) => pass

const WEB = 443;

program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    match pkt.tcp?.dst_port {
        22 | 23 => drop,
        WEB if ttl == 1 => drop,
        8000..8010 => { return drop; }
        80 => pass,
        _ => pass,
    }
}
