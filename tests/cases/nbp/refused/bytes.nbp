//# bytes.payload bytes.number bytes.slice bytes.compare bytes.length
program p(pkt) on xdp otherwise pass {
    let rest = pkt.payload;
    let n = rest.u32_at(0) + 1;
//~ E0301 may be absent
    if rest == "GET " { return drop; }
//~ E0205 this goes to the packet's end
    if rest[0..3] == "GET " { return drop; }
//~ E0202 3 bytes are never the 4 of this text
    if rest[0..4] == 5 { return drop; }
//~ E0205 bytes are compared with text
    if rest[0..4] < "GET " { return drop; }
//~ E0205 bytes have no order
    if rest[4..4] == "" { return drop; }
//~ E0202 there are no such bytes
    if rest[2..6][2..8] == "abcdef" { return drop; }
//~ E0202 there are no such bytes
    let i = rest.len;
    if rest[i..rest.len] == "a" { return drop; }
//~ E0206 the compiler has to know how many bytes
    if rest[4] == 1 { return drop; }
//~ E0104 takes a range
    if rest.u8_at(70000)? == 1 { return drop; }
//~ E0202 no packet is read so far
    if rest[0..4].u32_at(1)? == 1 { return drop; }
//~ E0202 only 4 bytes are here
    if rest.u24_at(1)? == 1 { return drop; }
//~ E0103 bytes have no `u24_at`
    if rest.size == 1 { return drop; }
//~ E0103 bytes have no `size`
    if rest.starts_with(4) { return drop; }
//~ E0205 bytes are compared with text
    if rest.starts_with("") { return drop; }
//~ E0202 this text has 0 bytes
}
