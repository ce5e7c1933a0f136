//# module.whole header.next header.after
// Headers of a module between those of another one.
//> ethernet / ipv4 / udp(dst_port=4999) / hex(08, 00, 00, 63, 00, 00, 07, 00, 05) => drop
//> ethernet / ipv4 / udp(dst_port=4999) / hex(08, 00, 00, 64, 00, 00, 07, 00, 05) => pass
//> ethernet / ipv4 / udp(dst_port=5999) / hex(01, 08, 00, 00, 00, 00, 00, 09, 00) => drop
//> ethernet / ipv4 / udp(dst_port=5999) / hex(02, 08, 00, 00, 00, 00, 00, 09, 00) => pass
use shared;
use shared.vx;
header behind { kind: u8, after shared.vx if flags == 8 && reserved == 99 }
header before { kind: u8, after udp if dst_port == 5999 next kind { 1 => shared.vx } }
program p(pkt) on xdp otherwise pass {
    if let vx = pkt.vx { if vx.vni == 9 { return drop; } }
    if pkt.behind?.kind == 5 { return drop; }
}
