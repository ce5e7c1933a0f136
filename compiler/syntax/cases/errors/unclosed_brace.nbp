program a(pkt) on xdp otherwise pass {
    if pkt.tcp? {
        return drop;

    let x = 5;
}

program b(pkt) on xdp otherwise pass {
    let y = ;
}
