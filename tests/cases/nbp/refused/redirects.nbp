//# redirect.interface redirect.map map.program
map targets: devmap(max_entries = 4);
map counts: hash<u32, u32>(max_entries = 4);
map steps: prog_array(max_entries = 2) = { 0 => p, 1 => q, 2 => p, 0 => q, };
//~ E0202 `steps` has no place 2
//~ E0202 place 0 of `steps` is taken
//~ E0104 `q` is on socket, and others of `steps` are on xdp
map wrong: prog_array(max_entries = 2) = { 0 => f };
//~ E0104 this is no program of the module
map first: cpumap(max_entries = 2) = { 0 => 1 };
//~ E0104 a map of type `cpumap` begins empty
map typed: devmap<u32>(max_entries = 2);
//~ E0207 `devmap` has other types between `<` and `>`: no types
map ring: ringbuf<u32>(4KiB);
fn f() { steps.tail_call(1); }
fn g(n: u32) { if n == 1 { f(); } }
const N = g(2);
//~ E0104 only the running program goes on in another one
program p(pkt) on xdp otherwise pass {
    if pkt.len == 1 { return redirect(counts, 5); }
//~ E0103 maps of type `hash` have no `redirect`
    if pkt.len == 2 { return redirect(); }
//~ E0207 `redirect` needs `ifindex`
    let e = ring.reserve()?;
    steps.tail_call(0);
//~ E0308 `e` is held here, and the program does not come back
    g(5);
//~ E0308 `e` is held here, and the program does not come back
    targets.insert(1, 2);
//~ E0103 maps of type `devmap` have no `insert`
    f();
//~ E0308 `e` is held here
}
program q(pkt) on socket otherwise pass {
    g(pkt.len);
//~ E0104 the program that goes on here is on socket
    if pkt.len == 1 { return redirect(3); }
//~ E0401 programs on socket do not redirect
}
