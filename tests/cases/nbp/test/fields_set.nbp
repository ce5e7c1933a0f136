//# packet.set
//@ tc.ingress
//# test.run
program web(pkt) on tc.ingress otherwise ok {
    let tcp = pkt.tcp?;
    if tcp.dst_port == 80 {
        pkt.mark = 0x10;
        pkt.priority += 7;
        pkt.cb[2] = pkt.priority + pkt.cb[1];
        pkt.tstamp += 5;
    }
}

program twice(pkt) on cgroup_skb.egress otherwise allow {
    pkt.mark |= 1;
    if pkt.mark == 3 { return deny; }
}

program routed(pkt) on lwt.out otherwise ok {
    for i in 0..3 { pkt.mark = pkt.mark * 2 + i; }
}

program narrow(pkt) on tc.egress otherwise ok {
    pkt.tc_index += 65535;
    pkt.tc_index += 3;
    pkt.queue_mapping = u16(pkt.len - 1);
}

test "the kernel keeps 16 bits" {
    run narrow(queue_mapping = 7) with ethernet / ipv4 expect ok, tc_index == 2, queue_mapping == 33;
    run narrow(queue_mapping = 7, len = 0) with ethernet / ipv4 expect ok, queue_mapping == 7;
}

test "fields are assigned" {
    run web(mark = 1, priority = 2, tstamp = 10, cb = [0, 100, 3, 4, 5]) with ethernet / ipv4 / tcp(dst_port = 80)
        expect ok, mark == 0x10, priority == 9, tstamp == 15, cb == [0, 100, 109, 4, 5];
    run web(mark = 1) with ethernet / ipv4 / tcp(dst_port = 81) expect ok, mark == 1, priority == 0;
    run twice(mark = 2) with ipv4 expect deny, mark == 3;
    run twice with ipv4 expect allow, mark == 1;
    run routed(mark = 1) with ipv6 expect ok, mark == 12;
}

test "one of them" {
    run web(cb = [0, 100, 3, 4, 5]) with ethernet / ipv4 / tcp(dst_port = 80) expect ok, cb[1] == 100, cb[2] == 107;
    for i in 0..5 { run twice with ipv4 expect allow, cb[i] == 0; }
    run web(ifindex = 1) with ethernet / ipv4 expect ok, ifindex == 1, len == 34, protocol == 0x0800;
}
