//# redirect.interface
//@ tc.ingress tc.egress lwt.xmit
//> ethernet / ipv4(ttl=1) / tcp => 7
//> ethernet / ipv4(ttl=2) / tcp => pass
//> ethernet / ipv4(ttl=3) / tcp => 7

program p(pkt) on xdp otherwise pass {
    match pkt.ipv4?.ttl {
        1 => { return redirect(1); }
        3 => { return redirect(ifindex = 1, flags = 1); }
        _ => {}
    }
}
