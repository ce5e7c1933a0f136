//# packet.push header.build
//@ xdp xdp.frags
// A program that names the number puts it around whatever there is.
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet(ethertype=0x8864) / hex(11, 00, 00, 07, 00, 2a, c0, 21) / ipv4(ttl=7) / tcp
//> ethernet(ethertype=0x1234) / hex(01, 02, 03, 04) => pass: ethernet(ethertype=0x8864) / hex(11, 00, 00, 07, 00, 06, c0, 21) / hex(01, 02, 03, 04)
program session(pkt) on xdp otherwise drop {
    pkt.push(pppoe(session = 7, protocol = 0xc021));
    return pass;
}
