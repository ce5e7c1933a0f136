progam a(pkt) on xdp otherwise pass {}
function f() {}
import net.vxlan;
program p(pkt) onn xdp otherwise pass {}
program p(pkt) on xdp otherwis pass {}
program p(pkt) on xdp otherwise pass {
    retrun drop;
    fro i in 0..8 { x; }
    if a and b { x; }
    if ip not in NETS { x; }
    if a { x; } elif b { y; }
    switch a { 1 => 2 }
    let map = 5;
    loop { x; }
    wile a { x; }
}
header h {
    a: u8,
    lenght a * 4
}
