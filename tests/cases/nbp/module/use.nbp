//# module.use
//> ethernet / ipv4(ttl=4) / udp(dst_port=4999) / hex(08, 00, 00, 00, 00, 00, 07, 00) => drop
//> ethernet / ipv4(ttl=5) / udp(dst_port=4999) / hex(08, 00, 00, 00, 00, 00, 07, 00) => pass
//> ethernet / ipv4(ttl=4) / udp(dst_port=4999) / hex(08, 00, 00, 00, 00, 00, 09, 00) => pass
use shared.kind;
use shared.is_low as low;
use shared.Kind;
use shared.Span as Bounds;
use shared.LIMIT;
use shared.vx;
program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    let bounds = Bounds(low = LIMIT);
    if low(ttl) && kind(ttl) == Kind.small && bounds.low == 5 && bounds.high == 200 {
        if pkt.vx?.vni == 7 { return drop; }
    }
}
