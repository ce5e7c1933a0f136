//# kernel.helper
//@ tc.ingress tc.egress lwt.in lwt.out lwt.xmit
//> ethernet / ipv4(ttl=3) / udp(src_port=9, dst_port=5) => pass
program p(pkt) on xdp otherwise drop {
    if flow_hash() == flow_hash() { return pass; }
}
