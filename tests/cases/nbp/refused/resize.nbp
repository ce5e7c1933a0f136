//# packet.push packet.pop packet.stale header.build
header quiet { a: u8, after udp if dst_port == 9 }
program stale(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let rest = pkt.udp?.payload;
    pkt.pop(vlan);
    if ip.ttl == 1 { return drop; }
//~ E0307 `ip` was found before the packet's bytes moved
    if rest[0..1] == "a" { return drop; }
//~ E0307 `rest` was found before
    let again = pkt.ipv4?;
    for i in 0..3 {
        if again.ttl == i { return drop; }
//~ E0307 `again` was found before
        pkt.push(vlan(vid = u12(i)));
    }
}
program wrong(pkt) on xdp otherwise pass {
    pkt.push();
//~ E0207 `push` takes headers
    pkt.pop(tcp);
//~ E0306 `tcp` does not follow `ethernet`
    pkt.pop(ethernet);
//~ E0306 behind `ethernet` there is no `ethernet`
    pkt.push(5);
//~ E0104 this is no header
    pkt.push(vlam());
//~ E0101 there is no header `vlam`
    pkt.push(ethernet(), ipv4(), udp());
//~ E0306 behind `udp` the packet cannot begin with `ethernet`
    pkt.push(vlan(4));
//~ E0207 a header's fields are named
    pkt.push(vlan(id = 4));
//~ E0103 vlan has no field `id`
    pkt.push(vlan(vid = 4096));
//~ E0202 4096 is not a u12
    pkt.push(ipv4(ihl = pkt.ipv4?.ihl));
//~ E0206 the compiler cannot see how long this `ipv4` is
    pkt.pop(ipv4, udp, quiet);
//~ E0306 `quiet` has no field that says what follows it
    let tag = vlan(vid = 4);
//~ E0104 a header is built where it is put into a packet
}
program certain(pkt) on xdp {
    pkt.pop(vlan);
//~ E0303 this program has none
    return pass;
}
program reads(pkt) on cgroup_skb.ingress otherwise pass {
    pkt.pop(ipv4);
//~ E0401 programs on cgroup_skb.ingress do not resize packets
}
program routes(pkt) on lwt.xmit otherwise pass {
    pkt.push(ipv4(), udp());
//~ E0306 `udp` has no field that says what follows it
    pkt.push(ethernet());
//~ E0306 `ethernet` does not follow `ip`
    pkt.pop(ipv4);
//~ E0401 programs on lwt.xmit take no headers out
}
program sessions(pkt) on xdp otherwise pass {
    pkt.push(pppoe(session = 7));
//~ E0306 nothing follows `ethernet` that can follow `pppoe`
}
program labels(pkt) on tc.egress otherwise pass {
    pkt.pop(mpls);
//~ E0401 programs on tc.egress take no `mpls` out of packets
    pkt.push(mpls(label = 7));
//~ E0401 programs on tc.egress put no `mpls` into packets
    pkt.push(pppoe(session = 7, protocol = 0x21));
//~ E0401 programs on tc.egress put no `pppoe` into packets
}
