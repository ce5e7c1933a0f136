//# type.numbers type.arithmetic type.division type.shift
// What cannot be computed at compile time: the TTL is 4, or 0.
//> ethernet / ipv4(ttl=4) / tcp => pass
//> ethernet / ipv4(ttl=0) / tcp => drop

program p(pkt) on xdp otherwise drop {
    let ttl = pkt.ipv4?.ttl;
    if ttl == 0 {
        // Division by zero gives 0, its remainder the dividend.
        if 7 / ttl != 0 || 7 % ttl != 7 { return pass; }
        return drop;
    }
    // 8-bit operands are computed with in 32 bits.
    if ttl * 100 != 400 || ttl - 5 != 0xffffffff { return drop; }
    let big = u64(ttl) << 40;
    if big != 0x40000000000 || big >> 41 != 2 { return drop; }
    if (ttl | 3) != 7 || (ttl & 6) != 4 || (ttl ^ 5) != 1 || ~u32(ttl) != 0xfffffffb { return drop; }
    if ttl / 3 != 1 || ttl % 3 != 1 || -u32(ttl) != 0xfffffffc { return drop; }
    return pass;
}
