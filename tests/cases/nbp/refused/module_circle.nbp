//# module.use
//~ E0212 `round` uses itself
use round.A;
program p(pkt) on xdp otherwise pass {}
