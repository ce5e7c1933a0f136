//# packet.meta
//@ xdp
program spread(pkt) on xdp otherwise pass {
    if pkt.rx_queue_index > 3 || pkt.ifindex == 9 { return drop; }
}

program ipv4_only(pkt) on tc.egress otherwise ok {
    if pkt.protocol != 0x0800 || pkt.ingress_ifindex == 7 { return shot; }
}

program guard(pkt) on cgroup_skb.egress otherwise allow {
    if pkt.remote_ip in { 10.0.0.0/8 } && pkt.remote_port == 443 && pkt.local_port == 1024 { return deny; }
    if pkt.remote_ip6 == 2001:db8::1 { return deny; }
}

program kinds(pkt) on tc.ingress otherwise ok {
    pkt.push(vlan(vid = 5));
    if pkt.vlan_protocol != 0x8100 { return shot; }
}

program llc(pkt) on tc.ingress otherwise ok { if pkt.protocol == 4 { return shot; } }

program six(pkt) on cgroup_skb.ingress otherwise allow { if pkt.family == 10 { return deny; } }

test "as the kernel sees it" {
    run llc with ethernet(ethertype = 0x0100) / "\x42\x42" expect shot;
    run llc with ethernet(ethertype = 0x0600) / "\x42\x42" expect ok;
    run kinds with ethernet / ipv6 expect ok;
    run six with ipv6 expect deny;
    run six with ipv4 expect allow;
}

test "what the kernel knows" {
    run spread with ethernet / ipv4 expect pass;
    run spread(rx_queue_index = 4) with ethernet / ipv4 expect drop;
    run ipv4_only with ethernet / ipv4 expect ok;
    run ipv4_only with ethernet / ipv6 expect shot;
    run ipv4_only(ingress_ifindex = 7) with ethernet / ipv4 expect shot;
    run guard(remote_ip = 10.1.2.3, remote_port = 443, local_port = 1024) with ipv4 expect deny;
    run guard(remote_ip = 10.1.2.3, remote_port = 444, local_port = 1024) with ipv4 expect allow;
    run guard(remote_ip = 11.1.2.3, remote_port = 443, local_port = 1024) with ipv4 expect allow;
    run guard(remote_ip6 = 2001:db8::1) with ipv6 expect deny;
    run guard(remote_ip6 = 2001:db8::2) with ipv6 expect allow;
}
