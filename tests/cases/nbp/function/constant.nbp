//# const.call array.index
//> ethernet / ipv4(ttl=9) / hex(31, 32, 33, 34, 35, 36, 37, 38, 39) => drop
//> ethernet / ipv4(ttl=8) / hex(31, 32, 33, 34, 35, 36, 37, 38, 39) => pass
//> ethernet / ipv4(ttl=9) / hex(32, 32, 33, 34, 35, 36, 37, 38, 39) => pass
// CRC-16/ARC, whose table the compiler computes.
fn step(crc: u16) -> u16 { if crc & 1 == 1 { u16(crc >> 1 ^ 0xa001) } else { u16(crc >> 1) } }
fn table() -> [u16; 256] {
    let mut all = [u16(0); 256];
    for i in 0..256 {
        let mut crc = u16(i);
        for bit in 0..8 { crc = step(crc); }
        all[i] = crc;
    }
    all
}
fn gcd(a: u32, b: u32) -> u32 {
    let mut x = a;
    let mut y = b;
    while y != 0 limit 64 { let rest = x % y; x = y; y = rest; }
    x
}
fn kind(n: u32) -> u32 { match n { 0..=9 => 1, 10 | 11 if n == 11 => 2, _ => 3 } }
fn half(n: u32) -> u32? { if n & 1 == 1 { return none; } n / 2 }
fn quarter(n: u32) -> u32? { half(half(n)?)? }
const TABLE = table();
const NINE = gcd(27, 36);
const KINDS = [kind(9), kind(10), kind(11)];
const EVEN = if let n = quarter(8) { n } else { 0 };
const ODD = if let n = quarter(6) { n } else { 7 };
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let mut crc: u16 = 0;
    for i in 0..9 {
        let byte = ip.payload.u8_at(i)?;
        crc = u16(crc >> 8 ^ TABLE[(crc ^ byte) & 0xff]);
    }
    let known = KINDS[0] == 1 && KINDS[1] == 3 && KINDS[2] == 2 && EVEN == 2 && ODD == 7;
    if known && ip.ttl == NINE && crc == 0xbb3d { return drop; }
}
