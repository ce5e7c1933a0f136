//# header.array
header names { short: [u16; 3], long: [u8; 100], some: [u8; 2] if short[0] == 1, after udp if dst_port == 7000 }
program p(pkt) on xdp otherwise pass {
    let names = pkt.names?;
    if names.short[3] == 1 { return drop; }
//~ E0202 this array has 3 elements
    let ttl = pkt.ipv4?.ttl;
    if names.short[ttl] == 1 { return drop; }
//~ E0301 may be absent
    names.short[1] = 5;
//~ E0305 an array of a header is not assigned
    names.short = [1, 2, 3];
//~ E0305 an array of a header is not assigned
    let all = names.long;
//~ E0402 a variable has at most 64 elements
    for x in names.some { return drop; }
//~ E0301 may be absent
    if names.short == 5 { return drop; }
//~ E0205
}
header counted { count: u8, names: [u16; count], }
//~ E0213 only the packet knows how many these are
header none { names: [u16; 0], }
//~ E0202 an array has from 1 to
header far { names: [u16; nobody], }
//~ E0101 there is no value `nobody`
header strange { names: [text; 3], }
//~ E0101 there is no type `text`
