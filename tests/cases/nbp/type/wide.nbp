//# literal.number type.arithmetic
// What is wanted as a number of 64 bits is computed as one, and a constant of 64 bits stays one.
//> ethernet / ipv4(ttl=4) / tcp => pass

const PRODUCT: u64 = 65536 * 65536;
const SUM: u64 = 4000000000 + 4000000000;
const SHIFTED: u64 = 1 << 40;
const SECOND: u64 = 1000000000;

program p(pkt) on xdp otherwise drop {
    if PRODUCT != 0x100000000 || SUM != 8000000000 || SHIFTED != 0x10000000000 { return drop; }
    let ttl = u32(pkt.ipv4?.ttl);
    let waited: u64 = SECOND * ttl;
    let paused = 2s * ttl;
    if waited != 4000000000 || paused != 8000000000 { return drop; }
    // Numbers of 32 bits are computed with in 32 bits.
    let high = ttl | 0x80000000;
    let sum: u64 = high + high;
    if sum != 8 { return drop; }
    return pass;
}
