struct S { a: u8; b: u16 }
enum E { a; b }
program p(pkt) on xdp otherwise pass {
    if (a) return drop;
    if a b;
    let mut x = 1, y = 2;
    var z: u32 = 1;
    const z = 1;
    struct T { a: u8 }
    pkt->len = 5;
    match x { 1 -> 2, 2 => 3 };
    net::vxlan.x = 1;
    let q = net::deed;
};
fn f(a: u8): u32 { a }
let x = 5;
if a { b; }
