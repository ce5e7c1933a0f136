//# bytes.payload bytes.compare
//> ethernet / ipv4 / tcp / "GET /?a=1" => drop
//> ethernet / vlan / ipv4(ihl=6) / tcp(data_offset=8) / "GET /?a=1" => drop
//> ethernet / ipv6 / ext / tcp / "GET /" => drop
//> ethernet / ipv4 / tcp / "GET" => pass
//> ethernet / ipv4 / tcp / "POST /form" => drop
//> ethernet / ipv4 / tcp / "POST /news" => pass
//> ethernet / ipv4 / udp / "GET ?" => drop
//> ethernet / ipv4 / icmp / "..abcd?" => pass
//> ethernet / ipv4 / tcp => pass
//> ethernet / arp => pass
//> ethernet / ipv4(fragment_offset=3) / udp / "GET ?" => pass
program requests(pkt) on xdp otherwise pass {
    if let tcp = pkt.tcp {
        if tcp.payload[0..4] == "GET " { return drop; }
        if tcp.payload[0..=3] == "POST" && "form" == pkt.payload[6..10] { return drop; }
        return pass;
    }
    if pkt.payload[0..4] == "GET " { return drop; }
}
