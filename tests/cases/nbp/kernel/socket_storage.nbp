//# kernel.socket kernel.storage
//@ tc.ingress tc.egress cgroup_skb.ingress cgroup_skb.egress
//* udp 127.0.0.1 28572
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=3) / udp(src_port=9, dst_port=28572) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=3) / udp(src_port=9, dst_port=28573) => drop
struct Seen { packets: u64, ttl: u8 }
map seen: sk_storage<Seen>();
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    let udp = pkt.udp?;
    let sk = lookup_udp(ip.src, ip.dst, udp.src_port, udp.dst_port)?;
    if let early = seen[sk] { return drop; }
    let own = seen.at(sk);
    own.packets += 2;
    own.ttl = ip.ttl;
    let again = seen[sk]?;
    let fine = again.packets == 2 && again.ttl == 3;
    if !seen.delete(sk) || seen.delete(sk) { return drop; }
    if let late = seen.get(sk) { return drop; }
    if fine { return pass; }
}
