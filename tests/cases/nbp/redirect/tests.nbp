//# test.redirect redirect.interface redirect.map
// Where a packet is sent to is expected as the program says it.
//@ xdp
//> ethernet / ipv4(ttl=1) / tcp => 4
map ports: devmap(max_entries = 8);
map others: devmap_hash(max_entries = 8);

program p(pkt) on xdp otherwise pass {
    let ttl = u32(pkt.ipv4?.ttl);
    match ttl {
        1 => return redirect(3),
        2 => return ports.redirect(ttl, flags = 2),
        _ => return redirect(others, 70000),
    }
}

map queues: xskmap(max_entries = 8);

program looks(pkt) on xdp otherwise pass {
    let ttl = u32(pkt.ipv4?.ttl);
    if let index = ports[ttl] {
        if index == 1 { return ports.redirect(ttl); }
    }
    // One processor's packets come from one queue.
    if queues[ttl]? == 3 { return queues.redirect(ttl); }
    return drop;
}

program clones(pkt) on tc.egress otherwise ok {
    if pkt.ipv4?.ttl == 1 { return redirect(4, flags = 1); }
    return redirect_peer(5);
}

program routed(pkt) on lwt.xmit otherwise ok { return redirect(6); }

test "to an interface" {
    run p with ethernet / ipv4(ttl = 1) expect redirect;
    for index in 3..=3 { run p with ethernet / ipv4(ttl = 1) expect redirect(index); }
    run clones with ethernet / ipv4(ttl = 1) expect redirect, packet ethernet / ipv4(ttl = 1);
    run clones with ethernet / ipv4(ttl = 1) expect redirect(4);
    run clones with ethernet / ipv4(ttl = 2) expect redirect_peer(5);
    run routed with ipv4 expect redirect(6);
}

test "what a map holds is seen" {
    run looks with ethernet / ipv4(ttl = 2) expect pass;
    ports[2] = 1;
    run looks with ethernet / ipv4(ttl = 2) expect ports.redirect(2);
    run looks with ethernet / ipv4(ttl = 3) expect pass;
}

test "the queue of a socket is seen" {
    queues[2] = 3;
    run looks with ethernet / ipv4(ttl = 2) expect queues.redirect(2);
    queues[1] = 4;
    run looks with ethernet / ipv4(ttl = 1) expect drop;
}

test "to what a map holds" {
    expect ports[2] == none;
    run p with ethernet / ipv4(ttl = 2) expect pass;
    ports[2] = 1;
    expect ports[2] == 1;
    run p with ethernet / ipv4(ttl = 2) expect ports.redirect(2);
    run p with ethernet / ipv4(ttl = 2) expect redirect;
    run p with ethernet / ipv4(ttl = 3) expect aborted;
    others[70000] = 1;
    run p with ethernet / ipv4(ttl = 3) expect redirect(others, 70000);
}
