//# fn.verdict fn.absent if.value match.arms
// Verdicts are given to functions, and some ways say none.
//> ethernet / ipv4(ttl=1) / tcp => drop
//> ethernet / ipv4(ttl=2) / tcp => pass
//> ethernet / ipv4(ttl=3) / tcp => drop
//> ethernet / ipv4(ttl=4) / tcp => pass
//> ethernet / ipv4(ttl=4) / udp => pass
//> ethernet / ipv4(ttl=5) / udp => pass
//> ethernet / ipv4(ttl=9) / udp => drop
var count: u32;
fn counted(v: verdict) -> verdict { count += 1; v }
fn or(v: verdict?, other: verdict = pass) -> verdict { if let said = v { said } else { other } }
fn by_ttl(ttl: u8) -> verdict? { match ttl { 1 => drop, 2 => none, 3 => counted(drop), 5..=8 => none, _ => pass } }
fn by_port(pkt: packets, ttl: u8) -> verdict? {
    if pkt.udp?.dst_port == 0 && ttl < 6 { pass } else if ttl == 9 { drop } else { none }
}
fn size(n: u32) -> u64? { if n == 3 { 5 } else if n == 4 { none } else { u64(n) + 1 } }
fn tells(v: verdict) -> u32 { match v { drop => 1, pass => 2, _ => 3 } }
program p(pkt) on xdp otherwise drop {
    let ttl = pkt.ipv4?.ttl;
    if let n = size(u32(ttl)) { if n == 5 && ttl != 3 { return counted(or(none, drop)); } } else { return pass; }
    if let v = by_port(pkt, ttl) { return counted(v); }
    let mut v: verdict = drop;
    if let said = by_ttl(ttl) { v = said; } else { v = or(none); }
    if v == drop && tells(v) == 1 || v != drop && tells(v) == 2 { return v; }
    return if ttl == 1 { pass } else { drop };
}
