//# absent.let
//> ethernet / ipv4 / tcp => pass
//> ethernet / ipv4 / udp => drop
//> ethernet / arp => drop

program p(pkt) on xdp otherwise drop {
    if let tcp = pkt.tcp {
        if tcp.dst_port == 80 { return pass; }
    } else if let udp = pkt.udp {
        if udp.dst_port == 80 { return pass; }
    }
}
