//# loop.for loop.while loop.bound loop.break
program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    for i in 0..ttl { }
//~ E0304 the compiler cannot see how often this loop runs
    for i in 5..2 { }
//~ E0202 this range ends before it begins
    for i in 0..10000000 { }
//~ E0202 a loop has at most
    while ttl > 1 { }
//~ E0304 this loop has no bound
    break;
//~ E0104 `break` outside of a loop
    let fixed = 1;
    fixed = 2;
//~ E0305 `fixed` cannot be assigned
    for i in 0..3 { i = 5; }
//~ E0305 `i` cannot be assigned
    for i, j in 0..3 { }
//~ E0104 a loop has one variable
    for i in 5 { }
//~ E0205 u32 has nothing to go through
    let mut small: u8 = 1;
    small = 300;
//~ E0202 300 is not a u8
}
