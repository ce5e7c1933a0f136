//# var.param var.global
// Nobody set it otherwise: a limit of 2, and a switch.
//> ethernet / ipv4(ttl=1) / tcp => pass
//> ethernet / ipv4(ttl=1) / tcp => pass
//> ethernet / ipv4(ttl=1) / tcp => drop

param limit: u32 = 2;
param strict: bool;
param home: ipv4addr = 10.0.0.1;
var seen: u32;
var total: u64 = 7;

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if strict || ip.src != home { return drop; }
    seen += 1;
    total += 1;
    if seen > limit && total == 10 { return drop; }
}
