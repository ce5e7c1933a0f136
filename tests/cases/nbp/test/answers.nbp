//@ tc.egress
//# test.answer kernel.helper
// Who sends a packet is what the test says, in the kernel too.
program sender(pkt) on tc.egress otherwise ok {
    if socket_uid() == 1000 && cgroup_id() == 77 && ancestor_cgroup_id(0) == 1 && ancestor_cgroup_id(1) == 77
        && ancestor_cgroup_id(2) == 0 && ancestor_cgroup_id(u32(pkt.len)) == 0 { return shot; }
}
program nobody(pkt) on tc.ingress otherwise ok {
    if socket_uid() != 65534 || socket_cookie() != 0 || cgroup_id() != 0 || ancestor_cgroup_id(0) != 0 { return shot; }
}
program group(pkt) on cgroup_skb.egress otherwise allow {
    if socket_cookie() == 5 || current_cgroup_id() == 3 { return deny; }
}
program route(pkt) on lwt.out otherwise ok {
    if route_realm() == 9 || cgroup_classid() == 0x10001 { return drop; }
}
program node(pkt) on xdp otherwise pass { if numa_node() == 1 { return drop; } }
program clocks(pkt) on xdp otherwise pass {
    if coarse_time() == 5s && tai_time() == 5s && time() == 5s && boot_time() == 5s && jiffies() == 1250 { return drop; }
}

test "who sends it" {
    run nobody with ethernet / ipv4 expect ok;
    run nobody(socket_cookie = 1) with ethernet / ipv4 expect shot;
    run sender(socket_uid = 1000, cgroup_id = 77) with ethernet / ipv4 expect shot;
    run sender(socket_uid = 1000) with ethernet / ipv4 expect ok;
    run group(socket_cookie = 5) with ipv4 expect deny;
    run group(current_cgroup_id = 3) with ipv4 expect deny;
    run group with ipv4 expect allow;
    run route(route_realm = 9) with ipv4 expect drop;
    run route(cgroup_classid = 0x10001) with ipv4 expect drop;
    run route with ipv4 expect ok;
    run node(numa_node = 1) with ethernet / ipv4 expect drop;
    run node with ethernet / ipv4 expect pass;
}

test "clocks" {
    run clocks with ethernet / ipv4 expect pass;
    advance 5s;
    run clocks with ethernet / ipv4 expect drop;
}
