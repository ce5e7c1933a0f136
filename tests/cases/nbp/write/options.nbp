//# write.field write.checksum loop.each
//@ xdp tc.ingress
// What repeats in a header is covered by that header's checksum, at odd places too.
//> ethernet / ipv4(options=94040000) / tcp(options=02040204030303) / "x" => pass: ethernet / ipv4(options=93040000) / tcp(options=02040204fe0303) / "x"
//> ethernet / ipv4(options=9404000001010101) / tcp(options=01030303020402040000) => pass: ethernet / ipv4(options=9304000001010101) / tcp(options=01fe0303020402040000)
//> ethernet / ipv6 / tcp(options=01010101030303) / "odd" => pass: ethernet / ipv6 / tcp(options=01010101fe0303) / "odd"
//> ethernet / ipv4(options=94040000) / udp => drop: ethernet / ipv4(options=93040000) / udp

program p(pkt) on xdp otherwise drop {
    if let ip = pkt.ipv4 {
        for option in ip.options { if option.kind == 0x94 { option.kind -= 1; } }
    }
    for option in pkt.tcp?.options { if option.kind == 3 { option.kind = 254; } }
    return pass;
}
