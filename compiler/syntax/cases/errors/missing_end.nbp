program p(pkt) on xdp otherwise pass {
    let x = 5
    let y = 6;
    f(x,
        y
        z);
    g(x)
    return drop;
}
struct S {
    a: u8
    b: u16
}
use net.vxlan
const X = 5
const Y = 6;
