//# set.in set.const literal.prefix
//> ethernet / ipv4(src=10.200.3.4) / tcp => drop
//> ethernet / ipv4(src=192.168.7.1) / tcp => drop
//> ethernet / ipv4(src=192.169.7.1) / tcp => pass
//> ethernet / ipv4(src=8.8.8.8) / tcp => drop
//> ethernet / ipv4(src=8.8.8.9) / tcp => pass

const PRIVATE: set<ipv4prefix> = { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 };

program p(pkt) on xdp otherwise pass {
    let src = pkt.ipv4?.src;
    if src in PRIVATE || src in { 8.8.8.8 } { return drop; }
}
