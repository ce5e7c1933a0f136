// Each mistake is told, at its place.
program a(pkt) on xdp otherwise pass {
    let x = ;
    let y = 5 5;
    f(1, 2 3, 4);
    return drop
}

struct S { a u8, b: u16, c: u32 d: u8 }

header h {
    a: u8,
    b u8,
    length a *
    next a { 1 -> tcp, 2 => udp }
}

fn f(a u32) -> u32 { match a { 1 -> 2, 3 => 4, 5 = 6 } }

map m hash<u32, u32>;
const SET = { 1, 2 3, 4 };
