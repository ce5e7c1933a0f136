//# header.fields type.compare
//> ethernet / ipv6(dscp=46, ecn=1, flow_label=0xabcde, hop_limit=9, src=fe80::1, dst=2001:db8::5) / udp => drop
//> ethernet / ipv6(dscp=46, ecn=1, flow_label=0xabcdf, hop_limit=9, src=fe80::1, dst=2001:db8::5) / udp => pass
//> ethernet / ipv6(dscp=46, ecn=1, flow_label=0xabcde, hop_limit=9, src=fe80::2, dst=2001:db8::5) / udp => pass
//> ethernet / ipv6(dscp=46, ecn=1, flow_label=0xabcde, hop_limit=9, src=fe80::1, dst=2001:db8:0:1::5) / udp => pass

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv6?;
    if ip.dscp == 46 && ip.ecn == 1 && ip.flow_label == 0xabcde && ip.hop_limit == 9
        && ip.src == fe80::1 && ip.dst == 2001:db8::5 && ip.payload_length == 8 { return drop; }
}
