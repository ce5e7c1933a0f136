//# write.field write.checksum
//@ xdp tc.ingress tc.egress
// Fields that are no whole bytes, and what the IPv4 checksum alone covers.
//> ethernet / ipv4(ttl=9, dscp=1, ecn=3) / tcp => pass: ethernet(src=02:00:00:00:00:09) / ipv4(ttl=8, dscp=46, ecn=3, df) / tcp
//> ethernet / arp => pass: ethernet(src=02:00:00:00:00:09) / arp

program p(pkt) on xdp otherwise drop {
    let eth = pkt.ethernet?;
    eth.src = 02:00:00:00:00:09;
    if let ip = pkt.ipv4 {
        ip.ttl -= 1;
        ip.dscp = 46;
        ip.df = true;
    }
    return pass;
}
