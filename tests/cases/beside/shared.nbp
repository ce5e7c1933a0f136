// What cases use of another module, which uses a third.
use deeper.BASE as LEAST;

const LIMIT: u8 = LEAST + 2;
struct Span { low: u8, high: u8 = 200 }
enum Kind: u8 { small, great }

fn is_low(ttl: u8) -> bool {
    ttl < LIMIT
}

fn kind(ttl: u8) -> Kind {
    if is_low(ttl) { Kind.small } else { Kind.great }
}

header vx {
    flags: u8 = 8,  reserved: u24,  vni: u24,  more: u8,
    after udp if dst_port == 4999
    next => ethernet
}

program unused(pkt) on xdp otherwise pass {}
