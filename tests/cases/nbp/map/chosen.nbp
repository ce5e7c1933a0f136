//# map.place if.value match.arms
// Which of two places; and a place or a value, which is a value.
//> ethernet / ipv4(ttl=1) => drop
//> ethernet / ipv4(ttl=2) => drop
//> ethernet / ipv4(ttl=1) => pass
//> ethernet / ipv4(ttl=2) => pass

struct Count { packets: u32, bytes: u64 = 5 }
map first: array<Count>(max_entries = 1);
map second: array<Count>(max_entries = 1);
var third: Count = Count(packets = 9, bytes = 9);

program p(pkt) on xdp otherwise drop {
    let ttl = pkt.ipv4?.ttl;
    let count = if ttl == 1 { first[0]? } else { second[0]? };
    count.packets += 1;
    let read = if ttl > 0 { count } else { Count(packets = 7) };
    let same = match ttl { 1 => first[0]?, 2 => second[0]?, 3 => third, _ => Count() };
    if read.packets != same.packets || same.bytes != 0 { return drop; }
    if same.packets == 2 { pass } else { drop }
}
