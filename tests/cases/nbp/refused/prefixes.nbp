//# literal.prefix set.file
const A: set<ipv4prefix> = { 10.0.0.1/8, 10.0.0.0/8 };
//~ E0202 `10.0.0.1/8` has bits behind the first 8
const B: set<ipv6prefix> = { 2001:db8::1/64, ::/0 };
//~ E0202 `2001:db8::1/64` has bits behind the first 64
map trie: lpm_trie<ipv4prefix, u32>(max_entries = 4) = { 10.1.0.0/15 => 1 };
//~ E0202 `10.1.0.0/15` has bits behind the first 15
map other: lpm_trie<ipv4prefix, u32>(max_entries = 4) = { ipv4prefix(10.1.0.0, 15) => 1 };
program p(pkt) on xdp otherwise pass {
    if pkt.ipv4?.src in { 0.0.0.1/0, 192.0.2.1/32 } { return drop; }
//~ E0202 `0.0.0.1/0` has bits behind the first 0
}
