//# header.rest header.until loop.each
// The greatest segment is taken from its option, wherever that is.
//@ xdp tc.ingress cgroup_skb.ingress
//% 10000
//> ethernet / ipv4 / tcp(syn, options=020405b4) => drop
//> ethernet / ipv4 / tcp(syn, options=0101080a00000001000000020204) => pass
//> ethernet / ipv4(ihl=7) / tcp(syn, options=0101080a0000000100000002010303070101020405b4) => drop
//> ethernet / ipv6 / tcp(syn, options=020405b403030701) => drop
//> ethernet / ipv4 / tcp(syn, options=020405b3) => pass
//> ethernet / ipv4 / tcp(syn, options=00020405b4) => pass
//> ethernet / ipv4 / tcp(syn, options=0500020405b4) => pass
//> ethernet / ipv4 / tcp(syn) / hex(02, 04, 05, b4) => pass
//> ethernet / ipv4 / tcp(data_offset=15) / "x" => pass
program segments(pkt) on xdp otherwise pass {
    for option in pkt.tcp?.options {
        if let mss = option.mss { if mss == 1460 { return drop; } }
    }
}
