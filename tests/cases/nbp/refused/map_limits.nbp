//# map.limits
struct Page { bytes: [u8; 4096] }
struct Pages { a: [u64; 65536], b: [u64; 65536], c: [u64; 65536], d: [u64; 65536], e: [u64; 65536], f: [u64; 65536],
    g: [u64; 65536], h: [u64; 65536] }
struct Row { all: [u64; 4097] }
map each: percpu_array<Row>(max_entries = 1);
//~ E0402 a value of a map of type `percpu_array` has at most 32768 bytes
map of_key: percpu_hash<u32, Row>(max_entries = 1);
//~ E0402 a value of a map of type `percpu_hash` has at most 32768 bytes
map great: hash<u32, Pages>(max_entries = 1);
//~ E0402 a value of a map of type `hash` has at most 4193743 bytes
map prefixes: lpm_trie<ipv4prefix, Pages>(max_entries = 1);
//~ E0402 a value of a map of type `lpm_trie` has at most 4194008 bytes
map many: hash<u32, u32>(max_entries = 536870912);
//~ E0402 a map of type `hash` has at most 134217728 elements
map names: hash<Page, u32>(max_entries = 1);
//~ E0402 a key of a map of type `hash` has at most 512 bytes
map processors: cpumap(max_entries = 100000);
//~ E0402 a map of type `cpumap` has at most 8192 elements
map lines: queue<Page>(max_entries = 1048576);
//~ E0402 a map of type `queue` of values of 4096 bytes has at most 1048574 elements
map sockets: sk_storage<[u64; 8192]>();
//~ E0402 a value of a map of type `sk_storage` has at most 65407 bytes
map groups: cgroup_storage<Page>();
map numbers: array<u8>(max_entries = 4294967295);
//~ E0402 a map of type `array` has at most 2147483648 elements
map records: ringbuf<[u64; 511]>(4KiB);
//~ E0402 a record in a ring buffer of 4096 bytes has at most 4080 bytes
map longest: ringbuf<[u64; 510]>(4KiB);
program p(pkt) on xdp otherwise pass { }
