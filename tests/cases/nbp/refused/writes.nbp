//# write.field write.checksum write.length
fn f(t: tcp) { t.window = 1; }
//~ E0499 assigning a header's field in a function
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    ip.ihl = 6;
//~ E0305 this field says how long the header is
    ip.ttl = 300;
//~ E0202 300 is not a u8
    ip.src = 5;
//~ E0205 expected ipv4addr, found u32
    let inner = ip.inner.ipv4?;
    inner.ttl = 5;
//~ E0499 assigning a header that is not found by `pkt.NAME`
}
program r(pkt) on socket otherwise drop {
    pkt.ipv4?.ttl = 80;
//~ E0401 programs on socket do not write packets
}
