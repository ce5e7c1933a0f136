//# packet.set fn.packet
//@ tc.ingress tc.egress
//> ethernet / ipv4(ttl=7) / tcp(dst_port=80) => drop
//> ethernet / ipv6 / tcp(dst_port=80) => drop
//> ethernet / ipv4(ttl=7) / tcp(dst_port=81) => pass

// Fields are assigned where a function is given the packet.
fn note(pkt: skb, class: u32) {
    pkt.mark = class;
    pkt.cb[1] += pkt.mark;
}

fn is_noted(pkt: skb) -> bool { pkt.mark == 0x10 && pkt.cb[1] == 0x10 }

program p(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 80 { note(pkt, 0x10); }
    if is_noted(pkt) { return drop; }
}
