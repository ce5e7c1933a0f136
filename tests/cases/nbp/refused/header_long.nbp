//# header.array
header names { long: [u8; 100], other: [[u8; 10]; 10], after udp if dst_port == 7000 }
fn first(all: [u8; 100]) -> u32 { all[0] }
//~ E0402 a variable has at most 64 elements
program p(pkt) on xdp otherwise pass {
    if pkt.names?.long[99] == 0 { return drop; }
    if pkt.names?.other[9][9] == 0 { return drop; }
    if first(pkt.names?.long) == 1 { return drop; }
//~ E0402 an array of more than 64 elements is no value
}
