// What tests cannot expect of a redirect.
//# test.redirect
map ports: devmap(max_entries = 8);
map seen: array<u32>(max_entries = 8);

program p(pkt) on xdp otherwise pass {}
program q(pkt) on cgroup_skb.egress otherwise allow {}
program r(pkt) on tc.ingress otherwise ok {}

test "redirects" {
    run q with ipv4 expect redirect;
    //~ E0101 there is no verdict `redirect`
    run q with ipv4 expect redirect(3);
    //~ E0401 programs on cgroup_skb.egress do not redirect like this
    run p with ethernet expect redirect_peer(3);
    //~ E0401 programs on xdp do not redirect like this
    run p with ethernet expect redirect(3, flags = 1);
    //~ E0207 what is expected of a redirect is where it goes, and no more
    run p with ethernet expect seen.redirect(3);
    //~ E0104 `seen` holds nothing that packets are sent to
    run r with ethernet expect ports.redirect(3);
    //~ E0401 programs on tc.ingress do not redirect by maps
    run r with ethernet expect redirect(ports, 3);
    //~ E0401 programs on tc.ingress do not redirect by maps
    run p with ethernet expect ports.redirect("x");
    //~ E0205 expected u32, found text
    ports["x"] = 1;
    //~ E0205 expected u32, found text
    ports[1] = "x";
    //~ E0205 expected u32, found text
}
