//# write.field
fn f(t: tcp) { t.window = 1; }
//~ E0401 programs on socket do not write packets
program p(pkt) on xdp otherwise pass { f(pkt.tcp?); }
program r(pkt) on socket otherwise drop { f(pkt.tcp?); }
