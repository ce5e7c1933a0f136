//# var.param
param limit: u32 = 5;
param wrong: u8 = 256;
//~ E0202 256 is not a u8
const C = limit;
//~ E0206 only the running program has this
program p(pkt) on xdp otherwise pass {
    limit = 6;
//~ E0305 only the loader sets this
}
