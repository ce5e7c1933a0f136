// A GRE tunnel without an interface of its own: what goes by a route is put into packets from here to the far
// end, which take the way that leads there.
param here: ipv4addr = 192.0.2.1;
param far: ipv4addr = 192.0.2.2;

program encapsulate(pkt) on lwt.xmit otherwise drop {
    pkt.push(ipv4(src = here, dst = far), gre());
    return reroute;
}

test "IPv4 and IPv6 go into GRE" {
    far = 198.51.100.7;
    run encapsulate with ipv4(src = 10.7.0.1, dst = 10.8.0.1) / udp / "abc"
        expect reroute, packet ipv4(src = 192.0.2.1, dst = 198.51.100.7) / gre / ipv4(src = 10.7.0.1, dst = 10.8.0.1) / udp / "abc";
    run encapsulate with ipv6(dst = 2001:db8::1) / tcp
        expect reroute, packet ipv4(src = 192.0.2.1, dst = 198.51.100.7) / gre / ipv6(dst = 2001:db8::1) / tcp;
}
