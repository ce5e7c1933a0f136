//# write.found
program p(pkt) on xdp otherwise pass {
    let mut label = pkt.mpls?;
    while !label.bottom limit 8 { label = label.inner.mpls?; }
    label.ttl = 1;
//~ E0309 the compiler does not see which checksums cover this header
    for e in pkt.ipv6?.extensions {
        if let u = e.inner.udp { u.src_port = 1; }
//~ E0309 the compiler does not see which checksums cover this header
    }
}
