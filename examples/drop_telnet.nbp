// Drops what is sent to the telnet port.
program drop_telnet(pkt) on xdp otherwise pass {
    if pkt matches "tcp dst port 23" { return drop; }
}

test "telnet is dropped, ssh is not" {
    run drop_telnet with ethernet / ipv4(src = 10.0.0.1) / tcp(dst_port = 23) expect drop;
    run drop_telnet with ethernet / ipv4 / tcp(dst_port = 22) expect pass;
}
