//# map.queue
//@ xdp xdp.frags tc.ingress tc.egress
// What lies across words of the stack comes out as it went in.
//> ethernet(src=02:00:5e:10:00:01) / ipv4(ttl=1) / tcp => pass
//> ethernet / ipv4(ttl=2) / tcp => pass
//> ethernet / ipv4(ttl=2) / tcp => drop

struct Seen { vlan: u16, from: macaddr, beside: macaddr, ttl: u8, six: ipv6addr, bits: u48 }
map seen: stack<Seen>(max_entries = 4);

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    if ip.ttl == 1 {
        let eth = pkt.ethernet?;
        let now = Seen(vlan = 7, from = eth.src, beside = 33:33:00:00:00:01, ttl = ip.ttl,
            six = fe80::7, bits = 0x1234567890ab);
        if !seen.push(now) { return drop; }
        return pass;
    }
    let then = seen.pop()?;
    if then.vlan != 7 || then.from != 02:00:5e:10:00:01 { return drop; }
    if then.beside != 33:33:00:00:00:01 || then.ttl != 1 || then.six != fe80::7 { return drop; }
    if then.bits != 0x1234567890ab { return drop; }
    return pass;
}
