//# header.rest header.until loop.each loop.bound
// Source routes are refused; `data` is what is behind the fields of an option.
//@ xdp tc.egress
//> ethernet / ipv4(options=0183070400000000) / tcp => drop
//> ethernet / ipv4(options=8307040000000001) / tcp => drop
//> ethernet / ipv4(options=9404000001010101) / tcp => pass
//> ethernet / ipv4(options=940400008307040a00000101) / tcp => drop
//> ethernet / ipv4(options=0101830704000000000000) / tcp => drop
//> ethernet / ipv4(options=010101830704000000) / tcp => pass
//> ethernet / ipv4 / tcp => pass
program routes(pkt) on xdp otherwise pass {
    for option in pkt.ipv4?.options limit 3 {
        if option.kind == 1 { continue; }
        if option.kind != 0x83 { continue; }
        if option.data.u8_at(0)? == 4 && option.size? == 7 { return drop; }
        break;
    }
}
