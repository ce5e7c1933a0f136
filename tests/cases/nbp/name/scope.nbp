//# name.scope
// A name of an inner block hides the outer one, and ends with the block.
//> ethernet / ipv4(ttl=7) / tcp => drop
//> ethernet / ipv4(ttl=8) / tcp => pass

const ttl = 99;

program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    {
        let ttl = 1;
        if ttl != 1 { return pass; }
    }
    if ttl == 7 { return drop; }
}
