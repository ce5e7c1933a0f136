//# header.rest header.until loop.each packet.stale
header odd { a: u8, rest: [u16], }
//~ E0213 what goes to the end of a header are headers, or bytes
header early { rest: [u8], a: u8, }
//~ E0213 nothing can follow a field whose length only the packet knows
header late { a: u8 until a == 1, }
//~ E0213 `until` says which of several headers is the last
program p(pkt) on xdp otherwise pass {
    for x in pkt.tcp.options { break; }
//~ E0301 may be absent
    let tcp = pkt.tcp?;
    for x in tcp.window { break; }
//~ E0103 tcp has no headers `window`
    for x in tcp.choices { break; }
//~ E0103 tcp has no headers `choices`
    for x in tcp.seq.options { break; }
//~ E0205 u32 has nothing to go through
    if tcp.options.len == 1 { return drop; }
//~ E0104 `options` is more than one
    for x in pkt.ipv4?.options {
//~ E0307 was found before the packet's bytes moved
        if x.kind == 7 { pkt.pop(vlan); }
    }
}
