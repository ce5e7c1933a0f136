//# map.lock
struct Guarded { guard: spin_lock, n: u32 }
struct Two { a: spin_lock, b: spin_lock }
//~ E0104 a struct has one lock
struct Deep { inner: Guarded, n: u32 }
map good: hash<u32, Guarded>(max_entries = 4);
map other: hash<u32, Guarded>(max_entries = 4);
map recent: lru_hash<u32, Guarded>(max_entries = 4);
//~ E0104 values of a map of type `lru_hash` have no locks
map deep: hash<u32, Deep>(max_entries = 4);
//~ E0104 a lock is a field of the value itself, not of a struct in it
map keyed: hash<Guarded, u32>(max_entries = 4);
//~ E0104 Guarded is no key of this map
map plain: hash<u32, u32>(max_entries = 4);
map bare: hash<u32, spin_lock>(max_entries = 4);
//~ E0104 a map cannot hold spin_lock
var state: Guarded;
//~ E0104 a variable has no locks
fn half(n: u32) -> u32 { n / 2 }
program p(pkt) on xdp otherwise pass {
    let v = good[1]?;
    let w = other[1]?;
    let ip = pkt.ipv4?;
    let n = plain[1]?;
    lock n { v.n = 1; }
//~ E0104 there is no lock at this place
    lock v {
        v.n = half(4);
//~ E0308 no function is called while a lock is held
        lock w { w.n = 1; }
//~ E0308 a program holds one lock at a time
        v.n = u32(ip.ttl);
//~ E0308 packets are not read while a lock is held
        plain.insert(1, 2);
//~ E0308 nothing is done with maps while a lock is held
        if time() == 1 { v.n = 3; }
//~ E0308 the kernel is asked nothing while a lock is held
        ip.ttl = 5;
//~ E0308 packets are not read while a lock is held
//~ E0308 packets are not written while a lock is held
    }
    v.guard = 5;
//~ E0205 expected spin_lock, found u32
    let copy = v.guard;
//~ E0104 a lock is no value
}
