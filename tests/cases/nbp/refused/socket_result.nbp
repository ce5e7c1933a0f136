//# kernel.socket
fn lent(sk: socket) -> socket? { sk }
//~ E0308 `sk` is held by who calls this function
fn again(a: ipv4addr) -> socket? {
    let sk = lookup_tcp(a, a, 1, 2)?;
    if sk.mark == 1 { sk.release(); }
    sk
//~ E0308 `sk` was given back
}
fn either(a: ipv4addr) -> socket? {
    let sk = if a == 10.0.0.1 { lookup_tcp(a, a, 1, 2) } else { lookup_udp(a, a, 1, 2) };
//~ E0308 whether this is there has to be decided at once
//~ E0308 whether this is there has to be decided at once
    none
}
fn ways(a: ipv4addr, sk: socket) -> socket? {
    let own = lookup_tcp(a, a, 1, 2)?;
    match a { 10.0.0.1 => own, 10.0.0.2 => sk, _ => { own.release(); own } }
//~ E0308 `sk` is held by who calls this function
//~ E0308 `own` was given back
}
fn whole() -> socket { lookup_tcp(10.0.0.1, 10.0.0.2, 1, 2) }
//~ E0308 a socket is no value that is given or kept
//~ E0308 whether this is there has to be decided at once
fn one(a: ipv4addr) -> socket? { lookup_tcp(a, a, 1, 2) }
fn shown(sk: socket) -> bool { true }
program p(pkt) on xdp otherwise drop {
    one(10.0.0.1);
//~ E0308 whether this is there has to be decided at once
    lookup_tcp(10.0.0.1, 10.0.0.2, 1, 2);
//~ E0308 whether this is there has to be decided at once
    let sk = one(10.0.0.1);
//~ E0308 whether this is there has to be decided at once
    if shown(one(10.0.0.1)?) { return pass; }
//~ E0308 socket has to have a name
    if shown(one(10.0.0.1)) { return pass; }
//~ E0301 may be absent
    let found = if pkt.len > 5 { one(10.0.0.1) } else { one(10.0.0.2) };
//~ E0308 whether this is there has to be decided at once
//~ E0308 whether this is there has to be decided at once
}
