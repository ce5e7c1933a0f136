//# fn.packet fn.verdict fn.call
// Functions are given the packet, and say what becomes of it; each is one for the hook that calls it.
//> ethernet / ipv4(ttl=9) / tcp(dst_port=23) => drop
//> ethernet / ipv4(ttl=9) / tcp(dst_port=24) => pass
//> ethernet / ipv4(ttl=1) / tcp(dst_port=24) => drop
//> ethernet / ipv4(ttl=4) / udp(dst_port=53) => drop
//> ethernet / ipv4(ttl=5) / udp(dst_port=53) => pass
//> ethernet / ipv4(ttl=6) / udp(dst_port=54) / "GET " => drop
//> ethernet / ipv4(ttl=7) / udp(dst_port=54) / "PUT " => pass
//> ethernet / ipv6(hop_limit=7) / udp(dst_port=54) => pass
var seen: u64;
fn is_telnet(pkt: packets) -> bool {
    if let tcp = pkt.tcp { return tcp.dst_port == 23; }
    false
}
fn is_dns(frame: packets, port: u16 = 53) -> bool {
    if let udp = frame.udp { return udp.dst_port == port && frame matches "udp port 53"; }
    false
}
fn ttl_of(pkt: packets) -> u8? { pkt.ipv4?.ttl }
fn begins(pkt: packets) -> bool { pkt.payload[0..4] == "GET " && pkt.len > 20 }
fn by(ttl: u8) -> verdict { if ttl == 4 { drop } else { pass } }
fn judged(pkt: packets) -> verdict? {
    seen += 1;
    let ip = pkt.ipv4?;
    if is_telnet(pkt) { return drop; }
    if ip.ttl < 2 { return drop; }
    if is_dns(pkt) { return by(ip.ttl); }
    none
}
program p(pkt) on xdp otherwise pass {
    if let verdict = judged(pkt) { return verdict; }
    if ttl_of(pkt)? == 6 && begins(pkt) { return drop; }
}
