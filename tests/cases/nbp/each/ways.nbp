//# loop.complexity loop.each
// Ways that part in three loops would be too many for the verifier, if they did not meet behind each.
//@ xdp tc.ingress
//% 100000
//> ethernet / ipv4 / tcp(syn, options=020405b4) => pass
//> ethernet / ipv4 / tcp(syn, options=020405b403030701) => pass
//> ethernet / ipv4 / tcp(syn, options=0101080a0000000100000002010303070101020405b4) => drop
//> ethernet / ipv6 / tcp(syn, options=0101080a0000000100000002020405b4) / "GET" => drop
//> ethernet / ipv6 / ext(size=3) / tcp(syn) => drop
//> ethernet / ipv6 / ext(size=1) / tcp(syn) => pass
program counts(pkt) on xdp otherwise pass {
    let mut n: u32 = 0;
    if let t = pkt.tcp {
        for o in t.options {
            if o.kind == 2 { n += 1; }
            if o.kind == 3 || o.kind == 4 { n += 2; }
            if o.kind == 8 { n += 4; }
        }
        for o in t.options {
            if let byte = t.payload.u8_at(u16(n)) { if byte == o.kind { n ^= 1; } }
            if t.window > 100 && o.kind > 3 { n *= 3; }
        }
    }
    if let v = pkt.ipv6 {
        for e in v.extensions {
            if e.size > 2 { n += 8; }
            if e.size > 3 { n += 16; }
        }
    }
    if n > 5 { return drop; }
}
