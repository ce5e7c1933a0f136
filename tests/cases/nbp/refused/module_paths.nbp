// What is no header of a module, and what a module has not.
//# module.whole test.redirect
use shared;
use kept;
program p(pkt) on xdp otherwise pass {
    let a = pkt.shared.LIMIT?;
    //~ E0104 `LIMIT` is no header
    let b = pkt.shared.nothing?;
    //~ E0101 the module `shared` has no `nothing`
    pkt.pop(shared.Kind);
    //~ E0104 this is no header
    if pkt.shared { return drop; }
    //~ E0103 a packet has no `shared`
}
test "paths" {
    run p with ethernet / shared.LIMIT expect pass;
    //~ E0104 a packet is made of headers and text
    run p with ethernet expect pass, emit 3 to kept.counts;
    //~ E0104 this takes no events
    run p with ethernet expect kept.nothing.redirect(3);
    //~ E0101 the module `kept` has no `nothing`
    run p with ethernet expect kept.counts.redirect(3);
    //~ E0104 `counts` holds nothing that packets are sent to
}
