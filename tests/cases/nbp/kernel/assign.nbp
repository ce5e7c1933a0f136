//# kernel.assign kernel.socket_maps
//@ tc.ingress
//* udp 127.0.0.1 28574
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / udp(src_port=9, dst_port=28574) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / udp(src_port=9, dst_port=28575) => drop
map numbered: sockmap(max_entries = 4);
map named: sockhash<u16>(max_entries = 4);
var assigned: u32;
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    let udp = pkt.udp?;
    if let sk = named[udp.dst_port] {
        if assign(sk) { return drop; }
    }
    if let sk = numbered[0] {
        if sk.src_port == 9 { return drop; }
    }
    let sk = lookup_udp(ip.src, ip.dst, udp.src_port, udp.dst_port)?;
    assign(sk);
    return pass;
}
