//# packet.push
//@ xdp xdp.frags
// What a header says only by a condition on a field of its own is put there too.
//> ethernet / ipv4(ttl=7) / tcp => pass: ethernet / ipv4(src=192.0.2.1, dst=192.0.2.2) / udp(src_port=2152, dst_port=2152, checksum=0) / hex(30, ff, 00, 28, 00, 00, 00, 05) / ipv4(ttl=7) / tcp
//> ethernet / arp => drop: ethernet / arp
program p(pkt) on xdp otherwise drop {
    pkt.push(
        ipv4(src = 192.0.2.1, dst = 192.0.2.2),
        udp(src_port = 2152, checksum = 0),
        gtpu(type = 255, teid = 5),
    );
    return pass;
}
