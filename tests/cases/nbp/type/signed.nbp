//# type.numbers type.arithmetic type.division type.shift type.compare
// Signed numbers: order, division towards zero, sign in shifts and conversions.
//> ethernet / ipv4(ttl=7) / tcp => pass

program p(pkt) on xdp otherwise drop {
    let seven = i32(pkt.ipv4?.ttl);
    let minus = -seven;
    if minus >= 0 || minus > seven || !(minus < -6) { return drop; }
    if minus / 2 != -3 || minus % 2 != -1 || seven / -2 != -3 || seven % -2 != 1 { return drop; }
    if minus >> 1 != -4 || i64(minus) != -7 || i64(minus) >> 40 != -1 { return drop; }
    if u8(minus) != 249 || i8(u8(minus)) != -7 || u64(i64(minus)) != 0xfffffffffffffff9 { return drop; }
    return pass;
}
