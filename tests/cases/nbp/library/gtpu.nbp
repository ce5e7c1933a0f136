//# header.condition header.inner
// As 4G and 5G send it: without optional fields, with a sequence number, with the session container.
//> ethernet / ipv4 / udp(dst_port=2152) / hex(30, ff, 00, 28, 00, 00, 00, 09) / ipv4 / tcp(dst_port=23) => drop
//> ethernet / ipv4 / udp(dst_port=2152) / hex(32, ff, 00, 2c, 00, 00, 00, 09, 00, 01, 00, 00) / ipv6 / tcp(dst_port=23) => drop
//> ethernet / ipv4 / udp(dst_port=2152) / hex(34, ff, 00, 30, 00, 00, 00, 09, 00, 00, 00, 85, 01, 00, 05, 00) / ipv4 / tcp(dst_port=23) => drop
//> ethernet / ipv4 / udp(dst_port=2152) / hex(34, ff, 00, 30, 00, 00, 00, 09, 00, 00, 00, 85, 01, 00, 05, 85) / ipv4 / tcp(dst_port=23) => pass
//> ethernet / ipv4 / udp(dst_port=2152) / hex(30, 01, 00, 28, 00, 00, 00, 09) / ipv4 / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    let tunnel = pkt.gtpu?;
    if tunnel.teid != 9 { return pass; }
    let port = if let session = pkt.gtpu_session {
        if session.qfi == 5 { session.inner.tcp?.dst_port } else { 0 }
    } else {
        tunnel.inner.tcp?.dst_port
    };
    if port == 23 { return drop; }
}
