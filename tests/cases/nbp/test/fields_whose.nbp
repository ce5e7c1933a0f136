//# packet.meta test.run
//@ tc.ingress
// Whose a packet is follows from the address that it is for. A loopback interface has none of its own for all.
program host(pkt) on tc.ingress otherwise ok { if pkt.packet_type == 0 { return shot; } }
program multicast(pkt) on tc.egress otherwise ok { if pkt.packet_type == 2 { return shot; } }
program other(pkt) on tc.ingress otherwise ok { if pkt.packet_type == 3 { return shot; } }
program inside(pkt) on cgroup_skb.ingress otherwise allow { if pkt.packet_type != 0 { return deny; } }
program route(pkt) on lwt.out otherwise ok { if pkt.packet_type != 0 { return drop; } }

test "whose it is" {
    run host with ethernet / ipv4 expect shot, packet_type == 0;
    run multicast with ethernet(dst = ff:ff:ff:ff:ff:ff) / arp expect shot, packet_type == 2;
    run multicast with ethernet(dst = 33:33:00:00:00:01) / ipv6 expect shot, packet_type == 2;
    run other with ethernet(dst = 02:00:00:00:00:07) / ipv4 expect shot, packet_type == 3;
    run host with ethernet(dst = 02:00:00:00:00:07) / ipv4 expect ok;
    run inside with ipv4(dst = 224.0.0.1) expect allow;
    run route with ipv6(dst = ff02::1) expect ok;
}

test "and is what the test says" {
    run host(packet_type = 4) with ethernet / ipv4 expect ok, packet_type == 4;
    run host(packet_type = 0) with ethernet / ipv4 expect shot;
    run inside(packet_type = 2) with ipv4 expect deny;
}
