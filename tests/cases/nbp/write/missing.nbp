//# write.missing write.checksum
//@ xdp tc.ingress tc.egress
// A field that may be missing is where those before it leave it, at odd places too.
//> ethernet / ipv4 / udp(dst_port=9999) / hex(03, 11, 00, 00, 00, 01, 00, 07, 00) / "x" => pass: ethernet / ipv4 / udp(dst_port=9999) / hex(03, 12, 00, 00, 00, 00, ab, cd, 09) / "x"
//> ethernet / ipv4 / udp(dst_port=9999) / hex(02, 00, 07, 05) / "xy" => pass: ethernet / ipv4 / udp(dst_port=9999) / hex(02, ab, cd, 0e) / "xy"
//> ethernet / ipv4 / udp(dst_port=9999, checksum=0) / hex(02, 00, 07, 05) / "xy" => pass: ethernet / ipv4 / udp(dst_port=9999, checksum=0) / hex(02, ab, cd, 0e) / "xy"
//> ethernet / ipv4 / udp(dst_port=9999) / hex(01, 11, 00, 00, 00, 00) / "xy" => drop: ethernet / ipv4 / udp(dst_port=9999) / hex(01, 12, 00, 00, 00, 09) / "xy"
//> ethernet / ipv6 / udp(dst_port=9999) / hex(00) / "xy" => drop: ethernet / ipv6 / udp(dst_port=9999) / hex(00) / "xy"
//> ethernet / ipv4 / udp(dst_port=9999) / hex(01, 11, 00, 00) => drop: ethernet / ipv4 / udp(dst_port=9999) / hex(01, 11, 00, 00)

header tunnel {
    reserved: u6,  marked: bool,  sequenced: bool,
    step: u8 if sequenced,
    sequence: u32 if sequenced,
    mark: u16 if marked,
    last: u8 if marked,
    after udp if dst_port == 9999
}

fn next(t: tunnel) {
    t.sequence -= 1 else {};
}

fn marked(t: tunnel, add: u8) -> bool? {
    t.last? += add;
    true
}

program p(pkt) on xdp otherwise drop {
    let tunnel = pkt.tunnel?;
    let mut late = false;
    tunnel.mark = 0xabcd else {
        late = true;
    };
    if late { tunnel.sequence? = 9; }
    next(tunnel);
    if late { tunnel.sequence += 1 else { return pass; }; }
    tunnel.step += 1 else {};
    marked(tunnel, 9)?;
    return pass;
}
