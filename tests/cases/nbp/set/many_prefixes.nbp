//# set.in set.const
//> ethernet / ipv4(src=0.1.2.3) / tcp => drop
//> ethernet / ipv4(src=9.255.255.255) / tcp => pass
//> ethernet / ipv4(src=10.0.0.0) / tcp => drop
//> ethernet / ipv4(src=11.0.0.0) / tcp => pass
//> ethernet / ipv4(src=100.127.255.255) / tcp => drop
//> ethernet / ipv4(src=203.0.113.9) / tcp => drop
//> ethernet / ipv4(src=203.0.114.0) / tcp => pass
//> ethernet / ipv4(src=255.255.255.255) / tcp => drop

const BOGONS: set<ipv4prefix> = {
    0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12,
    192.0.2.0/24, 192.168.0.0/16, 198.18.0.0/15, 203.0.113.0/24, 240.0.0.0/4,
};

program p(pkt) on xdp otherwise pass {
    if pkt.ipv4?.src in BOGONS { return drop; }
}
