//# yet.refused
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if ip.inner matches "tcp port 80" { return drop; }
//~ E0499 `matches` on the inside of a tunnel is not supported yet
}
