//# program.snap program.hook program.verdict program.ends program.otherwise
program a(pkt) on xdp otherwise shot {}
//~ E0101 there is no verdict `shot`
program b(pkt) on nowhere otherwise pass {}
//~ E0101 there is no hook `nowhere`
program c(pkt) on xdp { if let t = pkt.tcp { return drop; } }
//~ E0211 `c` may end without a verdict
program d(pkt) on xdp { let t = pkt.tcp?; return pass; }
//~ E0303 `?` needs a verdict to leave with
program e(pkt) on xdp otherwise pass { return 1; }
//~ E0205 expected verdict of xdp, found u32
program s(pkt) on socket otherwise -1 {}
//~ E0202 -1 is not a u32
program f() on xdp otherwise pass {}
//~ E0207 a program on xdp has one parameter
program g(pkt) on skb otherwise pass {}
//~ E0104 `skb` is only there for other hooks to build on
program j(pkt) on xdp "eth0" otherwise pass {}
//~ E0207 xdp takes no arguments
program k(pkt) on xdp otherwise pass { let n = pkt.len.twice(); }
//~ E0103 u32 has no operation `twice`
program l(pkt) on xdp otherwise pass { let n = pkt.tcp.flags(); }
//~ E0301 may be absent, so it has no `flags`
program h(pkt) on xdp otherwise pass { return; drop; }
//~ E0205 `return` needs a value
//~ E0210 control never comes here
program i(pkt) on xdp otherwise pass { let x = 1 + ({ return drop; }); }
//~ E0210 control never comes out of this
