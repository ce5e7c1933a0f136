//# map.maps
map first: hash<ipv4addr, u32>(max_entries = 8);
map other: hash<ipv4addr, u32>(max_entries = 9);
map programs: prog_array(max_entries = 2);
map all: array_of_maps<first>(max_entries = 2) = { 0 => other, 0 => first, 2 => first };
//~ E0104 this is no map like `first`
//~ E0202 `all` has no place for this
map named: hash_of_maps<ipv4addr, first>(max_entries = 2) = { 10.0.0.1 => first, 10.0.0.1 => first, 5 => first };
//~ E0202 `named` has no place for this
//~ E0205 expected ipv4addr, found u32
map nested: array_of_maps<all>(max_entries = 2);
//~ E0104 a map of maps is in no other
map steps: array_of_maps<programs>(max_entries = 2);
//~ E0104 a map of programs is in no other
map typed: array_of_maps<u32>(max_entries = 2);
//~ E0104 a map of maps names a map that those in it are like
program p(pkt) on xdp otherwise pass {
    let src = pkt.ipv4?.src;
    let m = all[0]?;
    let n = m;
//~ E0308 map like `first` cannot be passed on
    m.push(5);
//~ E0103 maps of type `hash` have no `push`
    if all[1][src]? == 5 { return drop; }
//~ E0205 has no elements
    all.insert(1, 2);
//~ E0103 maps of type `array_of_maps` have no `insert`
}
