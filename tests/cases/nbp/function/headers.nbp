//# fn.call
// Headers are values: a function can be asked about one.
//> ethernet / ipv4 / tcp(syn) => drop
//> ethernet / ipv4 / tcp(syn, ack) => pass

fn opens(t: tcp) -> bool { t.syn && !t.ack }

program p(pkt) on xdp otherwise pass {
    if opens(pkt.tcp?) { return drop; }
}
