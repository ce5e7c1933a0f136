//# write.missing
fn f(g: gre) -> u32 {
    g.key? = 5;
//~ E0303 `?` leaves a function without a value, and this one always has one
    g.key = 5 else {};
    1
}
program p(pkt) on xdp otherwise pass {
    let gre = pkt.gre?;
    gre.key = 5;
//~ E0301 this field may be missing, which is not decided about
    gre.key += 5;
//~ E0301 this field may be missing, which is not decided about
    gre.key? = 5 else { return drop; };
//~ E0302 what is assigned here is never missing
    gre.protocol = 5 else { return drop; };
//~ E0302 what is assigned here is never missing
    gre.key? = gre;
//~ E0205 expected u32, found gre
    gre.checksum = gre.checksum else {};
//~ E0301 this value may be absent
    f(gre);
}
