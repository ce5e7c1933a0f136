// The smallest program, with an expression of tcpdump's.
program drop_telnet(pkt) on xdp otherwise pass {
    if pkt matches "tcp dst port 23" { return drop; }
}

program syn_ttl(pkt) on tc.ingress otherwise ok {
    let tcp = pkt.tcp?;
    let ip = pkt.ipv4?;
    if tcp.syn && !tcp.ack && ip.ttl < 5 { return shot; }
}
