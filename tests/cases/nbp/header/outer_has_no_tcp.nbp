//# header.inner
// TCP inside of a tunnel is not the packet's.
//> ethernet / ipv4 / ipv4 / tcp => pass
//> ethernet / ipv4 / tcp => drop

program p(pkt) on xdp otherwise pass {
    if let tcp = pkt.tcp { return drop; }
}
