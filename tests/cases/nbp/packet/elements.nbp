//# loop.items packet.set
// The elements of a field are gone through.
//@ socket tc.ingress tc.egress cgroup_skb.ingress cgroup_skb.egress lwt.in lwt.out lwt.xmit
//> ethernet / ipv4(ttl=5) / tcp => pass
//> ethernet / ipv4(ttl=6) / tcp => drop
program p(pkt) on xdp otherwise drop {
    pkt.cb[0] = u32(pkt.ipv4?.ttl);
    pkt.cb[4] = 7;
    let mut sum = 0;
    for word in pkt.cb { sum += word; }
    pkt.cb[0] = 0;
    pkt.cb[4] = 0;
    if sum == 12 { return pass; }
}
