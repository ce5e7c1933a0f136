//# packet.declared name.once module.whole module.use
use hooks;
use hooks.seen;
use hooks.sene;
//~ E0101 the module `hooks` has no `sene`
hook a: b {} from "xdp";
//~ E0212 `a` builds on itself
hook b: c {}
hook c: a, d {}
hook d: skb {}
hook e: e {}
//~ E0212 `e` builds on itself
hook twice: skb {}
hook twice: packets {}
//~ E0102 `twice` is declared twice
fn twice() {}
//~ E0102 `twice` is declared twice
hook seen: skb {}
//~ E0102 `seen` is declared twice
hook nowhere: xpd {}
//~ E0101 there is no hook `xpd`
hook other: xdp {} from "tc.ingress";
//~ E0401 programs on tc.ingress have no verdict `aborted`
hook own: skb {
    packet ethernet;
    mut short: u16 from "mark",
//~ E0401 `mark` is not had as u16
    verdict keep, nix, drop;
//~ E0401 programs on socket have no verdict `nix`
} from "socket";
program p(pkt) on own otherwise nix { if pkt.short == 3 { return drop; } pkt.short = 4; }
program q(pkt) on marked otherwise drop {}
//~ E0101 there is no hook `marked`
program r(pkt) on hooks.marks otherwise drop {}
//~ E0101 there is no hook `hooks.marks`
program s(pkt) on hooks.seen otherwise drop {}
//~ E0104 `hooks.seen` is only there for other hooks to build on
fn f(pkt: hooks.nothing) -> bool { true }
//~ E0101 the module `hooks` has no `nothing`
test "what was reported is not again" { run p(short = 5) with ethernet expect short == 3; }
