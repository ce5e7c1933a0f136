//@ xdp
//# header.after header.next header.find
// The first record of a segment on port 443, as far as a client's hello.

program p(pkt) on xdp otherwise drop {
    if pkt.tls?.type != 22 { return drop; }
    if pkt.tls_handshake?.type == 1 && pkt.tls_client_hello?.version == 0x0303 { return pass; }
}

test "tls" {
    run p with ethernet / ipv4 / tcp(dst_port=443) / tls / tls_handshake / tls_client_hello(version=0x0303) expect pass;
    run p with ethernet / ipv4 / tcp(dst_port=443) / tls / tls_handshake / tls_client_hello(version=0x0301) expect drop;
    run p with ethernet / ipv4 / tcp(dst_port=443) / tls / tls_handshake(type=2) expect drop;
    run p with ethernet / ipv4 / tcp(dst_port=443) / tls(type=23) expect drop;
    run p with ethernet / ipv6 / tcp(src_port=443) / tls(type=21) expect drop;
    run p with ethernet / ipv4 / tcp(dst_port=80) / "no record of TLS" expect drop;
}
