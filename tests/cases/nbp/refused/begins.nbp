//# map.begins
const FEW: [u8; 2] = [1, 2];
map short: array<u32>(max_entries = 2) = [1, 2, 3];
//~ E0202 `short` has room for 2 elements, and these are 3
map beyond: array<u32>(max_entries = 2) = { 2 => 1 };
//~ E0202 `beyond` has no place of this number
map twice: lpm_trie<ipv4prefix, u32>(max_entries = 2) = { 10.0.0.0/8 => 1, ipv4prefix(10.1.0.0, 8) => 2 };
//~ E0202 this key is there already
map keys: hash<u16, u32>(max_entries = 2) = [1, 2];
//~ E0104 elements of a map of type `hash` have keys
map each: percpu_array<u32>(max_entries = 2) = [1, 2];
//~ E0104 a map of type `percpu_array` begins empty
map line: queue<u32>(max_entries = 2) = [1, 2];
//~ E0104 a map of type `queue` begins empty
map other: array<u32>(max_entries = 2) = FEW;
//~ E0205 expected elements of type u32
map great: array<u8>(max_entries = 2) = [256];
//~ E0202 256 is not a u8
map now: array<u64>(max_entries = 2) = [time()];
//~ E0206 only the running program does
program p(pkt) on xdp otherwise pass {}
