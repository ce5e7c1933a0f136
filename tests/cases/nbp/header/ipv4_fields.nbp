//# header.fields
//> ethernet / ipv4(dscp=46, ecn=2, id=0x1234, df, ttl=3, src=192.0.2.1, dst=198.51.100.7) / tcp(seq=0x01020304, ack_number=5, syn, ack, window=77) => drop
//> ethernet / ipv4(dscp=46, ecn=2, id=0x1234, df, ttl=3, src=192.0.2.1, dst=198.51.100.7) / tcp(seq=0x01020304, ack_number=5, syn, ack, fin, window=77) => pass
//> ethernet / ipv4(dscp=46, ecn=1, id=0x1234, df, ttl=3, src=192.0.2.1, dst=198.51.100.7) / tcp(seq=0x01020304, ack_number=5, syn, ack, window=77) => pass
//> ethernet / ipv4(dscp=46, ecn=2, id=0x1234, mf, ttl=3, src=192.0.2.1, dst=198.51.100.7) / tcp(seq=0x01020304, ack_number=5, syn, ack, window=77) => pass

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let tcp = pkt.tcp?;
    if ip.version == 4 && ip.ihl == 5 && ip.dscp == 46 && ip.ecn == 2 && ip.total_length == 40
        && ip.id == 0x1234 && ip.df && !ip.mf && ip.fragment_offset == 0 && ip.ttl == 3
        && ip.src == 192.0.2.1 && ip.dst == 198.51.100.7
        && tcp.seq == 0x01020304 && tcp.ack_number == 5 && tcp.data_offset == 5
        && tcp.syn && tcp.ack && !tcp.fin && !tcp.rst && tcp.window == 77 { return drop; }
}
