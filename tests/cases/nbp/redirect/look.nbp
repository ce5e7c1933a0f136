//# redirect.map
//@ xdp xdp.frags tc.ingress tc.egress cgroup_skb.ingress cgroup_skb.egress lwt.in lwt.out lwt.xmit
//+ ports 1 => 1
//+ named 77 => 1
// What is there is seen, and read.
//> ethernet / ipv4(ttl=1) / udp(dst_port=5) => pass
//> ethernet / ipv4(ttl=2) / udp(dst_port=5) => drop
//> ethernet / ipv4(ttl=77) / udp(dst_port=5) => pass
//> ethernet / ipv4(ttl=4) / udp(dst_port=5) => drop
map ports: devmap(max_entries = 4);
map named: devmap_hash(max_entries = 8);
map queues: xskmap(max_entries = 8);
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    if let queue = queues[ip.ttl] {
        if queue == 3 { return pass; }
    }
    if ip.ttl == 77 {
        let index = named[77]?;
        if index == 1 && named.get(ip.ttl)? == index { return pass; }
        return drop;
    }
    let index = ports[ip.ttl]?;
    if index == 1 { return pass; }
}
