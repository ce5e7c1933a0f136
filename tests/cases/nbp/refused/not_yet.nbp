//# yet.refused
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if pkt.payload[0..4] == "GET " { return drop; }
//~ E0499 `payload` is not supported yet
    pkt.pop(vlan);
//~ E0499 the operation `pop` is not supported yet
    let a = [1, 2];
//~ E0499 an array is not supported yet
}
