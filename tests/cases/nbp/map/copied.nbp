//# map.place
//@ xdp xdp.frags
// What `let` takes out of a place stays what it was; the name of a whole element goes on to be one.
//> ethernet / ipv4 / udp => pass
//> ethernet / ipv4 / udp => drop
struct Counter { packets: u64, last: [u32; 2] }
map counters: hash<u32, Counter>(max_entries = 4);
map numbers: hash<u32, u64>(max_entries = 4);
var seen: u64;
program p(pkt) on xdp otherwise aborted {
    let c = counters.at(1);
    let packets = c.packets;
    let last = c.last[1];
    let all = seen;
    c.packets += 1;
    c.last[1] = 5;
    seen += 1;
    let n = numbers.at(1);
    n += 2;
    if n != 2 * seen || c.packets != packets + 1 || seen != all + 1 { return aborted; }
    if last == 5 { return drop; }
    return pass;
}
