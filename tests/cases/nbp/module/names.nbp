//# module.whole name.once
// Two modules have maps and variables of one name, which are two.
//@ xdp
//> ethernet / ipv4(ttl=9) => pass
//> ethernet / ipv4(ttl=9) => pass
//> ethernet / ipv4(ttl=1) => drop
use kept;
struct Count { value: u32 }
map counts: hash<u32, Count>(max_entries = 8);
var seen: u32;
param scale: u32 = 100;
program p(pkt) on xdp otherwise pass {
    counts.at(1).value += scale;
    kept.counts.at(1).value += kept.scale;
    seen += 1;
    kept.seen += 10;
    if pkt.ipv4?.ttl == 1 {
        if counts[1]?.value == 300 && kept.counts[1]?.value == 12 && seen == 3 && kept.seen == 30 { return drop; }
        return aborted;
    }
}
