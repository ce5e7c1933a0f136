//# packet.matches
// A filter that reads behind the packet's end does not match, also below `!`.
//> ethernet / ipv4 / tcp(dst_port=23) => drop
//> ethernet / ipv4 / tcp(dst_port=24) => pass
//> ethernet / ipv4 / udp => pass

program p(pkt) on xdp otherwise pass {
    let telnet = pkt matches "tcp port 23";
    let other = !(pkt matches "tcp port 23");
    if telnet == other { return pass; }
    if telnet { return drop; }
}
