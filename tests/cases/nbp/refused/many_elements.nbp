//# const.call
fn room() -> u32 {
    let mut all = [0; 100];
//~ E0402 a variable has at most 64 elements
    all[5] = 1;
    all[5]
}
const FINE = room();
program p(pkt) on xdp otherwise pass {
    if pkt.len == FINE { return drop; }
    if pkt.len == room() { return drop; }
}
