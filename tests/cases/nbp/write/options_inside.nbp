//# write.checksum write.found loop.each
//@ xdp tc.ingress
// The same of what a tunnel carries, or of what begins behind the header.
//> ethernet / ipv4 / ipv4(options=010103) / tcp(options=01030303) => pass: ethernet / ipv4 / ipv4(options=010103) / tcp(options=01fe0303)
//> ethernet / ipv4 / ipv6 / tcp(options=030303) => pass: ethernet / ipv4 / ipv6 / tcp(options=fe0303)
//> ethernet / ipv4 / tcp(options=030303) => pass: ethernet / ipv4 / tcp(options=fe0303)

program p(pkt) on xdp otherwise drop {
    let inside = pkt.ipv4?.inner;
    for option in inside.tcp?.options limit 12 { if option.kind == 3 { option.kind = 254; } }
    return pass;
}
