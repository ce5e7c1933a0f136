//# kernel.print
// Lines go to the trace pipe; nothing else changes.
//> ethernet / ipv4(ttl=3) / tcp => drop
//> ethernet / ipv4(ttl=4) / tcp => pass

enum Kind: u8 { small, great = 200 }

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let kind: Kind = if ip.ttl == 3 { small } else { great };
    print("100% of nothing\n");
    print("ttl {} from {x}, {}", ip.ttl, u32(ip.src), kind);
    let balance = i32(ip.ttl) - 5;
    print("balance {} {}", balance, ip.df);
    if ip.ttl == 3 { return drop; }
}
