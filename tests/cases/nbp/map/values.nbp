//# map.place
// Structs come out of maps as they went in: signs, odd widths, addresses.
//> ethernet / ipv4(ttl=9, src=1.2.3.4) / tcp => pass

struct Inner { small: i5, odd: u12, truth: bool, wide: i33 }
struct State { who: ipv4addr, mac: macaddr, six: ipv6addr, inner: Inner }
map states: hash<u32, State>(max_entries = 4);

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    let inner = Inner(small = -3, odd = 0xabc, truth = true, wide = -5000000000 / 2);
    let put = State(who = ip.src, mac = 02:00:5e:10:00:01, six = fe80::7, inner = inner);
    states.insert(u32(ip.ttl), put);
    let s = states[9]?;
    if s.who != 1.2.3.4 || s.mac != 02:00:5e:10:00:01 || s.six != fe80::7 { return drop; }
    if s.inner.small != -3 || s.inner.odd != 0xabc || !s.inner.truth { return drop; }
    if s.inner.wide != -2500000000 { return drop; }
    s.inner.small -= 13;
    s.inner.truth = false;
    if s.inner.small != -16 || s.inner.truth { return drop; }
    return pass;
}
