//# bytes.payload loop.complexity
//@ xdp
//% 8000
// Where the payload begins is found once, before the loop.
//> ethernet / ipv4 / udp / "AbAcAdA" => drop
//> ethernet / vlan / ipv6 / ext / tcp / "bAAAAb" => drop
//> ethernet / ipv4 / udp / "AbAcAd" => pass
//> ethernet / arp => pass
program p(pkt) on xdp otherwise pass {
    let mut n = 0;
    for i in 0..32 {
        if let b = pkt.payload.u8_at(i) { if b == 0x41 { n += 1; } }
    }
    if n > 3 { return drop; }
}
