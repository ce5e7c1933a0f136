//# kernel.socket
fn own(sk: socket) -> u32 {
    sk.release();
//~ E0308 `sk` is held by who calls this function
    sk.mark
}
fn copy(sk: socket) -> u32 {
    let other = sk;
//~ E0308 socket cannot be passed on
    other.mark
}
fn find(a: ipv4addr) -> socket { a }
//~ E0308 a socket is no value that is given or kept
fn looks() -> bool { lookup_tcp(10.0.0.1, 10.0.0.2, 1, 2); true }
//~ E0308 whether this is there has to be decided at once
struct Kept { sk: socket }
//~ E0308 a socket is no value that is given or kept
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    let sk = lookup_tcp(ip.src, ip.dst, 1, 2)?;
    if sk.colour == 5 { return pass; }
//~ E0103 a socket has no `colour`
    sk.mark = 5;
//~ E0305 this is not a place
    let copy = sk;
//~ E0308 socket cannot be passed on
    sk.release();
    if own(sk) == 1 { return pass; }
//~ E0308 `sk` was given back
    if sk.state == 1 { return pass; }
//~ E0308 `sk` was given back
    if lookup_tcp(ip.src, ip.dst, 1, 2)?.state == 10 { return pass; }
//~ E0308 socket has to have a name
    let found = lookup_udp(ip.src, ip.dst, 1, 2);
//~ E0308 whether this is there has to be decided at once
    let other = lookup_udp(ip.src, ip.dst, 1)?;
//~ E0207 `lookup_udp` needs `dst_port`
}
program q(pkt) on socket otherwise drop {
    let sk = lookup_tcp(10.0.0.1, 10.0.0.2, 1, 2)?;
//~ E0401 programs on socket do not call `lookup_tcp`
}
