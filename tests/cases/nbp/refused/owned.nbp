//# redirect.map
map ports: devmap(max_entries = 4);
//~ E0402 `out` on xdp and `looks` on tc.ingress cannot both use `ports`
map any: devmap_hash(max_entries = 4);
program out(pkt) on xdp otherwise pass {
    if pkt.ipv6?.hop_limit == 1 { return any.redirect(1); }
    return ports.redirect(1);
}
program looks(pkt) on tc.ingress otherwise ok {
    if any[1]? == 3 || ports[1]? == 3 { return shot; }
}
