//# write.missing write.checksum loop.each
//@ xdp tc.egress
// The greatest segment is made less where it is too great, wherever its option is.
//> ethernet / ipv4 / tcp(syn, options=020405b4) => pass: ethernet / ipv4 / tcp(syn, options=020404b0)
//> ethernet / ipv4(ihl=7) / tcp(syn, options=01020405b4030307) / "odd" => pass: ethernet / ipv4(ihl=7) / tcp(syn, options=01020404b0030307) / "odd"
//> ethernet / ipv6 / tcp(syn, options=0101080a000000010000000202040100) => pass: ethernet / ipv6 / tcp(syn, options=0101080a000000010000000202040100)
//> ethernet / ipv6 / tcp(syn, options=0101080a00000001000000020204ffff) => pass: ethernet / ipv6 / tcp(syn, options=0101080a0000000100000002020404b0)
//> ethernet / ipv4 / tcp(syn) => pass: ethernet / ipv4 / tcp(syn)
//> ethernet / ipv4 / udp => drop

fn clamp(t: tcp, most: u16) {
    for option in t.options {
        if let mss = option.mss { if mss > most { option.mss = most else {}; } }
    }
}

program p(pkt) on xdp otherwise drop {
    clamp(pkt.tcp?, 1200);
    return pass;
}
