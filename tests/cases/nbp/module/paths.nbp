//# module.whole test.run test.memory test.param test.packet test.redirect
// What stands in a module is named by its path, in programs and in their tests.
//@ xdp
//> ethernet / ipv4 / udp(dst_port=4999) / hex(08, 00, 00, 00, 00, 00, 09, 00) => pass
//> ethernet / ipv4 / udp(dst_port=4999) / hex(08, 00, 00, 00, 00, 00, 01, 00) => 0
//> ethernet / ipv4 / udp(dst_port=4998) / hex(08, 00, 00, 00, 00, 00, 01, 00) => drop
use shared;
use kept as k;
program p(pkt) on xdp otherwise drop {
    let vx = pkt.shared.vx?;
    if vx.vni == 1 { return k.ports.redirect(1); }
    k.counts.at(vx.vni).value += k.scale;
    k.seen += 1;
    emit k.Event(value = k.scale) to k.events;
    return pass;
}
program opened(pkt) on xdp otherwise drop {
    pkt.pop(ethernet, ipv4, udp, shared.vx);
    if pkt.payload.len > 0 && pkt.udp?.dst_port == 7 { return pass; }
}
program wrapped(pkt) on xdp otherwise drop {
    pkt.push(ethernet(ethertype = 0x800), ipv4(protocol = 17), udp(dst_port = 4999), shared.vx(vni = 1));
    return tx;
}

test "of modules" {
    k.scale = 3;
    run p with ethernet / ipv4 / udp / shared.vx(vni = 9) / k.GREETING expect pass, emit k.Event(value = 3) to k.events;
    expect k.counts[9].value == k.scale && k.seen == 1 && k.counts[8] == none;
    k.counts[9].value += 1;
    k.seen = 7;
    run p with ethernet / ipv4 / udp / shared.vx(vni = 9) expect pass, emit k.Event(value = 3) to k.events;
    expect k.counts[9] == k.Event(value = 7) && k.seen == 8;
    k.ports[1] = 1;
    run p with ethernet / ipv4 / udp / shared.vx(vni = 1) expect k.ports.redirect(1);
    run p with ethernet / ipv4 / udp / shared.vx(vni = 1) expect redirect(k.ports, 1);
}

test "around packets" {
    run opened with ethernet / ipv4 / udp / shared.vx / ethernet / ipv4 / udp(dst_port = 7) / "x" expect pass, packet ethernet / ipv4 / udp(dst_port = 7) / "x";
    run wrapped with ethernet / ipv4 / udp expect tx;
}
