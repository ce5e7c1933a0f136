//# name.library bytes.payload
//@ xdp tc.ingress cgroup_skb.ingress lwt.in
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / tcp(src_port=7, dst_port=53) / hex(01, 02, 03) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(src_port=7, dst_port=53, checksum=0) / hex(01, 02, 03) => pass
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if ip.ihl != 5 { return pass; }
    if transport_checksum(ip, ip.payload, ip.total_length - 20)? == 0 { return drop; }
}
