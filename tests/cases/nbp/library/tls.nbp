//# header.after
// A client hello in the first record of a segment.
//> ethernet / ipv4 / tcp(dst_port=443) / hex(16, 03, 01, 02, 00, 01, 00, 01, fc, 03, 03, 00, 01, 02, 03, 04, 05, 06, 07, 08, 09, 0a, 0b, 0c, 0d, 0e, 0f, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 1a, 1b, 1c, 1d, 1e, 1f, 20) => drop
//> ethernet / ipv4 / tcp(dst_port=443) / hex(16, 03, 01, 02, 00, 02, 00, 01, fc, 03, 03, 00, 01, 02, 03, 04, 05, 06, 07, 08, 09, 0a, 0b, 0c, 0d, 0e, 0f, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 1a, 1b, 1c, 1d, 1e, 1f, 20) => pass
//> ethernet / ipv4 / tcp(dst_port=443, data_offset=8) / hex(16, 03, 01, 02, 00, 01, 00, 01, fc, 03, 03, 00, 01, 02, 03, 04, 05, 06, 07, 08, 09, 0a, 0b, 0c, 0d, 0e, 0f, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 1a, 1b, 1c, 1d, 1e, 1f, 20) => drop
//> ethernet / ipv4 / tcp(dst_port=443) / hex(17, 03, 03, 00, 20) => pass
//> ethernet / ipv4 / tcp(dst_port=443) => pass

program p(pkt) on xdp otherwise pass {
    let hello = pkt.tls_client_hello?;
    if hello.version == 0x0303 && hello.random_0 == 0x0001020304050607 && hello.session_length == 32 { return drop; }
}
