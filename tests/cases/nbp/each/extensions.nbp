//# loop.each header.rest
// Headers that follow a header and each other.
//@ xdp tc.ingress lwt.xmit
//% 3000
//> ethernet / ipv6 / ext / ext(size=3) / tcp => drop
//> ethernet / ipv6 / ext(size=3) / udp => drop
//> ethernet / ipv6 / ext / ext / ext / udp => pass
//> ethernet / ipv6 / fragment / ext(size=3) / udp => pass
//> ethernet / ipv6 / udp => pass
//> ethernet / ipv4 / udp => pass
program long_extensions(pkt) on xdp otherwise pass {
    let mut bytes = 0;
    for ext in pkt.ipv6?.extensions {
        bytes += (u32(ext.size) + 1) * 8;
    }
    if bytes > 24 { return drop; }
}
