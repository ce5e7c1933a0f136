//# module.library module.use
use maglev.nothing_like_it;
//~ E0101
program p(pkt) on xdp otherwise pass {}
