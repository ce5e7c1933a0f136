//# name.once name.scope
const A = 1;
const A = 2;
//~ E0102 `A` is declared twice
program p(pkt) on xdp otherwise pass {
    { let x = 1; }
    if x == 1 { return drop; }
//~ E0101 there is no value `x`
    let tpc = pkt.tpc?;
//~ E0103 a packet has no `tpc`
    let tcp = pkt.tcp?;
    if tcp.dstport == 80 { return drop; }
//~ E0103 tcp has no field `dstport`
    if f(1) == 2 { return drop; }
//~ E0101 there is no function `f`
}
fn g(x: u23x) -> u32 { 1 }
//~ E0101 there is no type `u23x`
