// Drops packets whose source cannot be on the other side of a border.
const BOGONS: set<ipv4prefix> = {
    0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12,
    192.0.2.0/24, 192.168.0.0/16, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24, 240.0.0.0/4,
};

program bogons(pkt) on xdp otherwise pass {
    if pkt.ipv4?.src in BOGONS { return drop; }
}

test "a private source is dropped" {
    run bogons with ethernet / ipv4(src = 192.168.1.1) / udp expect drop;
    run bogons with ethernet / ipv4(src = 9.9.9.9) / udp expect pass;
    run bogons with ethernet / arp expect pass;
}
