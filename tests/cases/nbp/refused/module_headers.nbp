//# module.whole
use shared;
header a { kind: u8, after shared.vy }
//~ E0101 the module `shared` has no `vy`
header b { kind: u8, after shared.Span }
//~ E0104 `shared.Span` is no header
header c { kind: u8, after other.vx next kind { 1 => shared.vx.more } }
//~ E0101 there is no module `other`
//~ E0104 this is no header
program p(pkt) on xdp otherwise pass {
    if let vx = pkt.vx { return drop; }
//~ E0103 a packet has no `vx`
}
