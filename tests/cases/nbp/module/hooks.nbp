//# module.whole module.use packet.declared program.hook
// Hooks of a module are named as whatever else it declares.
//@ socket
use hooks;
use hooks.marked as of_ours;
use hooks.marked;
use hooks.tc.marked as incoming;
program p(pkt) on hooks.marked otherwise drop { if hooks.is_marked(pkt) { return keep; } }
program q(pkt) on of_ours otherwise drop { if ours(pkt) { return keep; } }
program r(pkt) on marked otherwise drop { if ours(pkt) { return keep; } }
program s(pkt) on hooks.tc.marked otherwise drop { return by_tag(pkt); }
program t(pkt) on incoming otherwise drop { return by_tag(pkt); }
fn ours(pkt: marked) -> bool { hooks.is_marked(pkt) }
fn by_tag(pkt: hooks.tc.marked) -> verdict { if hooks.is_marked(pkt) { shot } else { ok } }

test "each is what the module says" {
    run p(fwmark = 7, tag = 5) with ethernet / ipv4 expect keep;
    run p(fwmark = 7, tag = 6) with ethernet / ipv4 expect drop;
    run q(fwmark = 7, tag = 5) with ethernet / ipv4 expect keep;
    run r(fwmark = 7, tag = 0x1005) with ethernet / ipv4 expect drop;
    run s(fwmark = 7, tag = 5) with ethernet / ipv4 expect shot, fwmark == 7;
    run t(fwmark = 6, tag = 5) with ethernet / ipv4 expect ok;
}
