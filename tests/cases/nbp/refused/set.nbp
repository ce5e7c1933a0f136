//# packet.set
program a(pkt) on socket otherwise drop {
    pkt.mark = 1;
//~ E0305 programs on socket only read this
}
program b(pkt) on xdp otherwise pass {
    pkt.mark = 1;
//~ E0103 packets have no `mark` on xdp
}
program c(pkt) on tc.ingress otherwise ok {
    pkt.hash = 2;
//~ E0305 this cannot be assigned
    pkt.cb = [1, 2, 3, 4, 5];
//~ E0305 an array is not assigned as a whole
    pkt.cb[pkt.len % 5] = 1;
//~ E0305 which element this is only the running program knows
    pkt.mark = 1.1.1.1;
//~ E0205 expected u32, found ipv4addr
}
