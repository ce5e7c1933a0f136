//# write.checksum header.pseudo
//@ xdp tc.ingress tc.egress
// As long as a routing header has addresses left, checksums have the last of them: the one that
// the packet goes to next is none of their matter, what it comes from is.
//> ethernet / ipv6(dst=2001:db8::2) / routing(left=1) / tcp => pass: ethernet / ipv6(src=fd00::1, dst=fd00::9) / routing(left=1) / tcp
//> ethernet / ipv6(dst=2001:db8::2) / routing(left=1) / udp / "x" => pass: ethernet / ipv6(src=fd00::1, dst=fd00::9) / routing(left=1) / udp / "x"
//> ethernet / ipv6(dst=2001:db8::2) / ext / routing(left=2) / ext / icmpv6 => pass: ethernet / ipv6(src=fd00::1, dst=fd00::9) / ext / routing(left=2) / ext / icmpv6
//> ethernet / ipv6(dst=2001:db8::2) / routing(left=0) / udp => pass: ethernet / ipv6(src=fd00::1, dst=fd00::9) / routing(left=0) / udp
//> ethernet / ipv6(dst=2001:db8::2) / ext / udp => pass: ethernet / ipv6(src=fd00::1, dst=fd00::9) / ext / udp
//> ethernet / ipv6(dst=2001:db8::2) / udp => pass: ethernet / ipv6(src=fd00::1, dst=fd00::9) / udp
//> ethernet / ipv4 / udp => drop

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv6?;
    ip.dst = fd00::9;
    ip.src = fd00::1;
    return pass;
}
