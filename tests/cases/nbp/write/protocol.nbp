//# write.field write.checksum
//@ xdp tc.ingress tc.egress
// Nobody looks for what follows: the field is like others, and in the pseudo-header too.
//> ethernet / ipv4(protocol=253) / "xx" => pass: ethernet / ipv4(protocol=254) / "xx"

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    ip.protocol = 254;
    return pass;
}
