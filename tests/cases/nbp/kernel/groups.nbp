//# kernel.groups
//@ tc.ingress tc.egress lwt.in lwt.out lwt.xmit
//+ groups 0 => 1
//+ groups 1 => 2
// The packet is of the first group that there is, and not of the second; under other numbers there is none.
//> ethernet / ipv4(ttl=0) / udp(dst_port=5) => pass
//> ethernet / ipv4(ttl=1) / udp(dst_port=5) => drop
//> ethernet / ipv4(ttl=2) / udp(dst_port=5) => drop
//> ethernet / ipv4(ttl=9) / udp(dst_port=5) => drop
map groups: cgroup_array(max_entries = 4);
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    if groups.under(ip.ttl) { return pass; }
}
