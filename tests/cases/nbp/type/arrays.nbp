//# type.array array.index
//> ethernet / ipv4(ttl=2) / tcp => drop
//> ethernet / ipv4(ttl=3) / tcp => pass
//> ethernet / ipv4(ttl=5) / tcp => pass
//> ethernet / ipv4(ttl=200) / tcp => pass
const WEIGHTS: [u32; 5] = [1, 10, 100, 1000, 10000];
const LARGE = [0x1_0000_0000, 5];
const FLAGS = [true; 300];
const SECOND = WEIGHTS[1] + 1;
struct Pair { ports: [u16; 2], name: [u8; 4] = [1, 2, 3, 4] }
fn third(all: [u16; 4]) -> u16 { all[2] }
program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    if WEIGHTS[ttl]? != 100 || SECOND != 11 || LARGE[ttl % 2] != 0x1_0000_0000 { return pass; }
    let mut own = [u16(ttl), 7, 8, 9];
    own[1] = u16(own[0] + 1);
    own[3] += 1;
    let mut sum = 0;
    for i in 0..4 { sum += u32(own[i]); }
    if sum != 2 + 3 + 8 + 10 || third(own) != 8 || own[ttl + 1]? != 10 { return pass; }
    if let far = own[ttl + 2] { return pass; }
    let pair = Pair(ports = [80, u16(ttl)]);
    if pair.ports[1] != 2 || pair.name[3] != 4 || pair.ports[ttl & 1] != 80 { return pass; }
    let wide = [u64(ttl) << 33, 5];
    let at = ttl >> 1 & 1;
    if wide[at] != 5 || !FLAGS[ttl] { return pass; }
    return drop;
}
