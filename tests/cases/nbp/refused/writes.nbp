//# write.field write.checksum write.length
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    ip.ihl = 6;
//~ E0305 this field says how long the header is
    ip.ttl = 300;
//~ E0202 300 is not a u8
    ip.src = 5;
//~ E0205 expected ipv4addr, found u32
}
program r(pkt) on socket otherwise drop {
    pkt.ipv4?.ttl = 80;
//~ E0401 programs on socket do not write packets
}
