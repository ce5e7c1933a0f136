//# yet.refused
map m: hash<u32, u32>(max_entries = 4);
//~ E0499 `map` is not supported yet
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    ip.ttl = 3;
//~ E0499 assigning a header's field is not supported yet
    if pkt.payload[0..4] == "GET " { return drop; }
//~ E0499 `[…]` behind a value is not supported yet
    pkt.pop(vlan);
//~ E0499 the operation `pop` is not supported yet
    let a = [1, 2];
//~ E0499 an array is not supported yet
}
