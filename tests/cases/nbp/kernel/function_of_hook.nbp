//# kernel.hook_function
//@ tc.ingress
//* udp 127.0.0.1 28581
// What only programs on some hooks call, functions do for them.
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / udp(src_port=9, dst_port=28581) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / udp(src_port=9, dst_port=28582) => drop
fn is_open(src: ipv4addr, dst: ipv4addr, port: u16) -> bool {
    let sk = lookup_udp(src, dst, 9, port) else { return false; };
    // Test runs are not where packets come in, so it is not done there.
    assign(sk);
    sk.type == 2
}
fn also(ip: ipv4, udp: udp) -> bool { is_open(ip.src, ip.dst, udp.dst_port) }
program p(pkt) on xdp otherwise drop {
    if also(pkt.ipv4?, pkt.udp?) { return pass; }
}
