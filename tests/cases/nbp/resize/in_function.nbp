//# packet.push packet.pop packet.stale fn.packet
//@ xdp
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2, ttl=9) / udp(src_port=1, dst_port=2) => pass: ethernet / vlan(vid=7) / ipv4(src=10.0.0.1, dst=10.0.0.2, ttl=5) / udp(src_port=1, dst_port=2)
//> ethernet / vlan(vid=9) / ipv4(src=10.0.0.1, dst=10.0.0.2, ttl=9) / udp(src_port=1, dst_port=2) => pass: ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2, ttl=9) / udp(src_port=1, dst_port=2)
//> ethernet / arp => drop
fn tagged(pkt: xdp, vid: u12) -> bool? {
    pkt.push(vlan(vid = vid));
    true
}
fn plain(pkt: packets) -> bool? {
    if pkt.vlan?.vid != 9 { return false; }
    pkt.pop(vlan);
    true
}
program p(pkt) on xdp otherwise drop {
    let before = pkt.ipv4?.ttl;
    if let done = plain(pkt) { if done { return pass; } }
    tagged(pkt, 7)?;
    let ip = pkt.ipv4?;
    if ip.ttl != before { return drop; }
    ip.ttl = 5;
    return pass;
}
