//# const.call
var seen: u32;
param limit: u32 = 5;
fn busy() -> u32 {
    let mut n = 0;
    for i in 0..3000000 { n += i; }
    n
}
fn now() -> u64 { time() }
fn limited(n: u32) -> u32 { n + limit }
fn empty() -> u32 {
    for i in 0..65536 { for j in 0..65536 { } }
    1
}
const EMPTY = empty();
//~ E0206 the compiler has to know this value, and it is too much to compute
const BUSY = busy();
//~ E0206 the compiler has to know this value, and it is too much to compute
const NOW = now();
//~ E0206 only the running program does
const LIMITED = limited(1);
//~ E0206 only the running program does
program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    match ttl { u8(LIMITED) => { return drop; }, _ => {} }
}
