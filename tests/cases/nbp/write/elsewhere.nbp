//# write.checksum
//@ xdp
// A pseudo-header has fields at other bits than the header: the change is carried there.
//> ethernet(ethertype=0x88b5) / hex(51, 23, 09, 0a, 00, 00, 01, c8, 44, 44, f1, 84) => pass: ethernet(ethertype=0x88b5) / hex(5a, bc, 56, de, ad, be, ef, c8, 56, 70, 38, df)
//> ethernet(ethertype=0x88b5) / hex(ff, ff, ff, ff, ff, ff, ff, c8, ff, ff, 27, 01) => pass: ethernet(ethertype=0x88b5) / hex(fa, bc, 4c, de, ad, be, ef, c8, ed, cb, a1, 8d)
//> ethernet(ethertype=0x88b5) / hex(00, 00, 00, 00, 00, 00, 00, c8, 00, 00, 37, ff) => pass: ethernet(ethertype=0x88b5) / hex(0a, bc, 4d, de, ad, be, ef, c8, 12, 34, 7d, 24)

header own {
    kind: u4,  level: u12,  from: u8,  to: u32,  next: u8,
    after ethernet if ethertype == 0x88b5
    pseudo (u8(0), to, from, u16(level), next, u8(0))
    next next { 200 => carried }
}

header carried {
    mark: u16,  sum: u16,
    checksum sum = internet(pseudo, self, payload)
}

// The sum of a pseudo-header, a header and what follows it, from scratch.
fn right(o: own, c: carried) -> bool {
    let mut sum: u32 = 0;
    sum += (o.to >> 24) + (o.to >> 8 & 0xffff) + ((o.to & 0xff) << 8 | o.from);
    sum += u32(o.level) + (u32(o.next) << 8);
    sum += u32(c.mark) + c.sum;
    (sum & 0xffff) + (sum >> 16) == 0xffff
}

program p(pkt) on xdp otherwise drop {
    let own = pkt.own?;
    let carried = pkt.carried?;
    let first = right(own, carried);
    own.to = 0xdeadbeef;
    if !right(own, carried) { return aborted; }
    own.from += 77;
    if !right(own, carried) { return aborted; }
    own.level = 0xabc;
    if !right(own, carried) { return aborted; }
    carried.mark ^= 0x1234;
    if !right(own, carried) { return aborted; }
    return if first { pass } else { drop };
}
