//# packet.pop
//@ xdp xdp.frags
// What a header says only under a condition is not taken for what follows where that does not hold.
//> ethernet / ipv4(protocol=47) / hex(00, 00, 08, 00) / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(ttl=7) / tcp
//> ethernet / ipv4(protocol=47) / hex(00, 01, 08, 00) / ipv4(ttl=7) / tcp => drop: ethernet / ipv4(protocol=47) / hex(00, 01, 08, 00) / ipv4(ttl=7) / tcp
program tunnel(pkt) on xdp otherwise drop {
    pkt.pop(ipv4, gre);
    return pass;
}
