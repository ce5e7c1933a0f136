//# var.global
// Each packet is counted; the third is dropped, and the count begins anew.
//> ethernet / ipv4 / tcp => pass
//> ethernet / ipv4 / tcp => pass
//> ethernet / ipv4 / tcp => drop
//> ethernet / ipv4 / tcp => pass

struct Limits { first: u8 = 1, last: u32 = 3 }
var seen: u64;
var limits: Limits = Limits();

program p(pkt) on xdp otherwise pass {
    atomic seen += 1;
    if seen == limits.last {
        seen = 0;
        return drop;
    }
}
