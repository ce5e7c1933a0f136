//# header.fields header.length header.never header.repeat header.condition header.next header.after
header odd { a: u7, }
//~ E0213 the fields have 7 bits
header twice { a: u8, a: u8, }
//~ E0102 `a` is declared twice
header long { a: u8, length a * 4 }
//~ E0304 the compiler cannot see how long this header may be
header many { a: u8, limit 100 }
//~ E0202 from 0 to 32 of a header
header never { a: u8, }
header again { a: u8, after udp if dst_port == 4 next a { 1 => again } }
//~ E0304 again leads to itself without an end
header loose { a: u8, next a { 1 => nothing } }
//~ E0101 there is no header `nothing`
header words { a: verdict, }
//~ E0101 there is no type `verdict`
header bits { a: u8, b: u4 if a == 1, c: u4, }
//~ E0213 a field that may be missing has whole bytes
//~ E0213 the fields have 12 bits
header sums { a: u16, b: u16 if a == 1, checksum: u16, checksum internet(self) }
//~ E0213 no field `checksum` of 16 bits at an even place
header truth { a: bool, b: u7, next a { true => tcp } }
//~ E0205 `next` compares numbers
header lost { a: u8, after nobody }
//~ E0101 there is no header `nobody`
program p(pkt) on xdp otherwise pass {
    let n = pkt.never?;
//~ E0306 no packet of xdp has `never`
}
program q(pkt) on cgroup_skb.ingress otherwise pass {
    let n = pkt.ethernet?;
//~ E0306 no packet of cgroup_skb.ingress has `ethernet`
}
header ping { a: u8, next a { 1 => pong } }
//~ E0304 ping and pong lead to each other without an end
header pong { a: u8, next a { 1 => ping } }
header under { a: u8, pseudo (a, u8(0) if a == 1) }
//~ E0213 only what a field of the header is can depend on the packet
