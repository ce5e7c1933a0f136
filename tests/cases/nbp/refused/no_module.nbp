//# module.use
use nowhere.NAME;
//~ E0901 there is no module `nowhere`
program p(pkt) on xdp otherwise pass {}
