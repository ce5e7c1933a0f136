// Maglev: which of several servers a flow goes to, so that a server that comes or goes moves few of the
// others' flows (Eisenbud et al., NSDI 2016, section 3.4).
//
//     use maglev;
//     const SERVERS: [ipv4addr; 3] = [10.0.0.1, 10.0.0.2, 10.0.0.3];
//     const TABLE = maglev.table(SERVERS);
//     let server = SERVERS[TABLE[maglev.place(flow)]?]?;
//
// The compiler makes the table; for servers that come and go user space does, in an array of `SIZE` numbers,
// by the same hash.

// Places of a table: a prime number, much greater than the number of servers.
const SIZE: u32 = 1021;
const FREE: u16 = 0xffff;

// A flow's place in a table.
fn place<K>(flow: K) -> u32 { jhash(flow) % SIZE }

// The table for servers: in each place the number of one. In turn each takes the next place of its own order
// that is free.
fn table<S, N>(servers: [S; N]) -> [u16; SIZE] {
    let mut first = [u32(0); N];
    let mut step = [u32(0); N];
    for i in 0..N {
        first[i] = jhash(servers[i], 1) % SIZE;
        step[i] = jhash(servers[i], 2) % (SIZE - 1) + 1;
    }
    let mut places = [FREE; SIZE];
    let mut taken: u32 = 0;
    while taken < SIZE limit SIZE {
        for i in 0..N {
            while places[first[i] % SIZE] != FREE limit SIZE { first[i] = (first[i] + step[i]) % SIZE; }
            if taken < SIZE {
                places[first[i] % SIZE] = u16(i);
                taken += 1;
            }
        }
    }
    places
}

struct Flow { src: ipv4addr, dst: ipv4addr, src_port: u16, dst_port: u16 }
const SERVERS: [ipv4addr; 3] = [10.0.0.1, 10.0.0.2, 10.0.0.3];
const TABLE = table(SERVERS);
const FEWER = table([10.0.0.1, 10.0.0.3]);

// How many places a server has, and how many of the first and third move where the second goes.
fn places_of(server: u16) -> u32 {
    let mut count: u32 = 0;
    for i in 0..SIZE { if TABLE[i] == server { count += 1; } }
    count
}
fn moved() -> u32 {
    let mut count: u32 = 0;
    for i in 0..SIZE {
        if TABLE[i] == 0 && FEWER[i] != 0 || TABLE[i] == 2 && FEWER[i] != 1 { count += 1; }
    }
    count
}
const SHARES: [u32; 3] = [places_of(0), places_of(1), places_of(2)];
const MOVED = moved();
map chosen: array<u64>(max_entries = 3);

program balance(pkt) on xdp otherwise drop {
    if SHARES[0] != 341 || SHARES[1] != 340 || SHARES[2] != 340 || MOVED > 100 { return aborted; }
    let ip = pkt.ipv4?;
    let udp = pkt.udp?;
    let flow = Flow(src = ip.src, dst = ip.dst, src_port = udp.src_port, dst_port = udp.dst_port);
    let server = TABLE[place(flow)]?;
    chosen[server]? += 1;
    ip.dst = SERVERS[server]?;
    return tx;
}

test "a flow goes to one server, all flows to all" {
    run balance with ethernet / ipv4(src = 10.9.0.1) / udp(src_port = 7) expect tx;
    run balance with ethernet / ipv4(src = 10.9.0.1) / udp(src_port = 7) expect tx;
    for i in 0..60 { run balance with ethernet / ipv4(src = 10.9.0.1) / udp(src_port = u16(i)) expect tx; }
    expect chosen[0] > 12 && chosen[1] > 12 && chosen[2] > 12;
}
