//# write.field write.checksum
//@ xdp tc.ingress tc.egress
//> ethernet / ipv6(dst=2001:db8::2) / tcp => pass: ethernet / ipv6(dst=fd00::9, hop_limit=63) / tcp
//> ethernet / ipv6(dst=2001:db8::2) / udp => pass: ethernet / ipv6(dst=fd00::9, hop_limit=63) / udp
//> ethernet / ipv6(dst=2001:db8::2) / icmpv6 => pass: ethernet / ipv6(dst=fd00::9, hop_limit=63) / icmpv6

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv6?;
    ip.dst = fd00::9;
    ip.hop_limit -= 1;
    return pass;
}
