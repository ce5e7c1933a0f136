//# type.arithmetic const.value
// What is known has its type too: an unsigned number stays one, and a literal takes the other's type.
//> ethernet / ipv4(ttl=8) / tcp => pass
//> ethernet / ipv4(ttl=9) / tcp => drop

const FIVE = 5;
const LOW: i32 = -7;

program p(pkt) on xdp otherwise drop {
    let ttl = pkt.ipv4?.ttl;
    if -FIVE != 0xfffffffb || -u64(9223372036854775808) != 0x8000000000000000 { return drop; }
    if LOW % 4 != -3 || 8 + LOW != 1 || i32(-2147483648) % 10 != -8 { return drop; }
    if ttl + LOW != 1 { return drop; }
    return pass;
}
