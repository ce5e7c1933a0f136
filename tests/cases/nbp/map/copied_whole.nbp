//# map.place
// `let mut` copies what lies at a place, of whatever type: what is assigned then is the copy.
//> ethernet / ipv4(ttl=1) => pass
struct In { n: u64 }
struct V { n: u64, inner: In, list: [u32; 4] }
map m: hash<u32, V>(max_entries = 8);
map counts: hash<u32, u64>(max_entries = 8);
var g: V;
var list: [u32; 4];

program p(pkt) on xdp otherwise drop {
    m.at(1).n = 1;
    counts.at(1) = 1;

    let mut of_map = m.at(1);
    of_map.n = 5;
    let mut looked_up = m[1]?;
    looked_up.n = 5;
    let mut or_else = m[1] else { return drop; };
    or_else.n = 5;
    let typed: V = m[1] else { return drop; };
    m.at(1).n = 2;
    if typed.n != 1 { return drop; }
    if of_map.n != 5 || looked_up.n != 5 || or_else.n != 5 || m[1]?.n != 2 { return drop; }

    let mut count = counts[1] else { return drop; };
    count += 4;
    if count != 5 || counts[1]? != 1 { return drop; }

    let mut global = g;
    global.list[1] = 5;
    global.n = 5;
    let mut inner = g.inner;
    inner.n = 5;
    let mut array = list;
    array[0] = 5;
    let mut part = g.list;
    part[2] = 5;
    if g.n != 0 || g.inner.n != 0 || g.list[1] != 0 || g.list[2] != 0 || list[0] != 0 { return drop; }
    if global.n != 5 || inner.n != 5 || array[0] != 5 || part[2] != 5 { return drop; }

    let same = m.at(1);
    same.n = 7;
    let mut other = same;
    other.n = 9;
    if m[1]?.n != 7 || other.n != 9 { return drop; }
    return pass;
}
