//# yet.refused
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let a = [1, 2];
//~ E0499 an array is not supported yet
}
