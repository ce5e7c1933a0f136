//# module.use
use shared.Kind.small;
//~ E0104 `use` names a module, or one thing of it
use shared.NOTHING;
//~ E0101 the module `shared` has no `NOTHING`
use shared.LEAST;
//~ E0101 the module `shared` has no `LEAST`
use shared.LIMIT;
const LIMIT = 1;
//~ E0102 `LIMIT` is declared twice
program p(pkt) on xdp otherwise pass {
    if shared.LIMIT == 5 { return drop; }
//~ E0101 there is no value `shared`
}
