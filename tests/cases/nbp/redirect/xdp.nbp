//# redirect.interface redirect.map
//@ xdp xdp.frags
//+ targets 3 => 1
//+ anywhere 70000 => 1
//> ethernet / ipv4(ttl=1) / tcp => 4
//> ethernet / ipv4(ttl=2) / tcp => aborted
//> ethernet / ipv4(ttl=3) / tcp => 4
//> ethernet / ipv4(ttl=4) / tcp => pass
//> ethernet / ipv4(ttl=5) / tcp => 4
//> ethernet / ipv4(ttl=6) / tcp => drop
//> ethernet / ipv4(ttl=7) / tcp => tx
//> ethernet / ipv4(ttl=8) / tcp => drop

map targets: devmap(max_entries = 8);
map anywhere: devmap_hash(max_entries = 8);
map processors: cpumap(max_entries = 2);
map sockets: xskmap(4);

program p(pkt) on xdp otherwise pass {
    let ttl = u32(pkt.ipv4?.ttl);
    match ttl {
        1 => return redirect(1),
        2 | 3 => return targets.redirect(ttl),
        4 => return redirect(processors, 1, flags = 2),
        5 => return anywhere.redirect(70000),
        6 => { return redirect(sockets, ttl, flags = 1); }
        7 => return tx,
        _ => return redirect(targets, 0, flags = 1),
    }
}
