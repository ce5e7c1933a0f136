//# type.array array.index
const EMPTY: [u8; 0] = [];
//~ E0202 an array has from 1 to
//~ E0202 an array has at least one element
const SHORT: [u8; 3] = [1, 2];
//~ E0205 2 elements are given, and 3 are wanted
const GREAT: [u8; 2] = [1, 256];
//~ E0202 256 is not a u8
const MANY: [u32; 70] = [1; 70];
var totals: [u32; 8];
program p(pkt) on xdp otherwise pass {
    let mut own = [1, 2, 3];
    if own[3] == 1 { return drop; }
//~ E0202 this array has 3 elements
    let ttl = pkt.ipv4?.ttl;
    if own[ttl] == 1 { return drop; }
//~ E0301 may be absent
    own[ttl] = 1;
//~ E0304 the compiler cannot see that this is less than 3
    totals[ttl] = 1;
//~ E0304 the compiler cannot see that this is less than 8
    if ttl[0] == 1 { return drop; }
//~ E0205 u8 has no elements
    let all = MANY;
//~ E0402 a variable has at most 64 elements
    let mixed = [1, true];
//~ E0205 expected u32, found bool
}
