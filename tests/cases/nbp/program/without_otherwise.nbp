//# program.ends
//> ethernet / ipv4 / tcp => drop
//> ethernet / ipv4 / udp => pass

program p(pkt) on xdp {
    if let tcp = pkt.tcp { drop } else { pass }
}
