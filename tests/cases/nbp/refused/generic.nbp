//# fn.generic fn.default module.whole loop.items type.words
use shared;
struct Seen { packets: u32 }
map sources: hash<ipv4addr, Seen>(max_entries = 16);
map line: queue<Seen>(max_entries = 16);
map ring: ringbuf<Seen>(4KiB);
var all: [u32; 4];
fn note<K>(seen: map<K, Seen>, key: K) -> u32? { seen.at(key).packets }
fn only(seen: lru_hash<ipv4addr, Seen>) -> bool { true }
fn pair<T>(a: T, b: T) -> bool { a == b }
fn nothing<T>(a: u32) -> u32 { a }
fn again<T>(a: T) -> T { again(a) }
//~ E0212 `again` calls itself
fn parts<T>(a: T) -> u32 { a.packets }
//~ E0103 u32 has no parts
fn wrong(a: u32 = 256, b: u8 = 256) -> u32 { a + b }
//~ E0202 256 is not a u8
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let a = note(sources, ip.ttl)?;
//~ E0205 expected ipv4addr, found u8
    let b = note(line, ip.src)?;
//~ E0205 is not what `note` takes here
    let c = only(sources);
//~ E0205 is not what `only` takes here
    let d = pair(ip.src, ip.ttl);
//~ E0205 expected ipv4addr, found u8
    let e = nothing(5);
//~ E0207 nothing here says what `T` is
    let f = again(5);
    let g = parts(5);
    let h = note(sources);
//~ E0207 `note` needs `key`
    let i = note(sources, ip.src, 5)?;
//~ E0207 `note` takes 2 values
    let j = shared.nobody(5);
//~ E0101 the module `shared` has no `nobody`
    let k = shared;
//~ E0101 there is no value `shared`
    for x in ip.ttl { }
//~ E0103 ipv4 has no headers `ttl` to go through
    let n = pkt.len;
    for x in n { }
//~ E0205 u32 has nothing to go through
    for x in [1, 2] limit 5 { }
//~ E0104 an array has as many elements as it has
    let l = words(ip);
//~ E0104 has no words
}
