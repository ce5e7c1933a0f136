//# type.numbers type.widening type.conversion type.compare type.address type.division type.shift const.value literal.number type.arithmetic
const BAD: u8 = 256;
//~ E0202 256 is not a u8
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let a: u8 = ip.total_length;
//~ E0205 expected u8, found u16
    if ip.ttl { return drop; }
//~ E0205 expected bool, found u8
    if ip.src == 5 { return drop; }
//~ E0205 expected ipv4addr, found u32
    if ip.src < 10.0.0.1 { return drop; }
//~ E0205 ipv4addr has no order
    if ip.ttl == 300 { return drop; }
//~ E0202 no u8 is 300
    let b = ip.ttl / 0;
//~ E0202 this divides by zero
    let c = ip.ttl << 32;
//~ E0202 a u32 cannot be shifted by 32
    let d = bool(ip.ttl);
//~ E0205 u8 does not convert to bool
    let e = ip.src + 1;
//~ E0205 ipv4addr has no arithmetic
    let f = i32(ip.ttl) + u32(ip.ttl);
//~ E0205 i32 and u32 do not go together
    let g = 0x1_0000_0000_0000_0000;
//~ E0202 this number has more than 64 bits
    let mut sum = 0;
    sum += nothing_like_it;
//~ E0101 there is no value `nothing_like_it`
    a + 1;
//~ E0208 this value is not used
}
fn h(x: u32) -> u32 { const_of(x) }
//~ E0101 there is no function `const_of`
