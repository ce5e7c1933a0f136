//# redirect.map map.lock
map targets: devmap(max_entries = 4);
program q(pkt) on tc.ingress otherwise pass {
    if pkt.len == 1 { return targets.redirect(3); }
//~ E0401 programs on tc.ingress do not call `redirect`
}
