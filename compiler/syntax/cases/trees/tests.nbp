test "telnet is dropped, ssh is not" {
    run drop_telnet with ethernet / ipv4(src = 10.0.0.1) / tcp(dst_port = 23) expect drop;
    run drop_telnet with ethernet / ipv4 / tcp(dst_port = 22) / "payload" expect pass;
    run nat(ifindex = 3) with file "in.pcap" expect redirect, packet ethernet / ipv4(dst = 10.1.0.7), emit Alert(n = 1) to events;
    run slow;
    advance 5s;
    expect per_source[10.0.0.1].packets == 1;
}
