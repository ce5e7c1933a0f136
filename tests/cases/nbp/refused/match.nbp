//# match.arms match.exhaustive if.value
enum E { a, b, c }
program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    let x = match ttl { 0..=99 => 1, 101..=255 => 2 };
//~ E0209 no arm takes `100`
    let y = match ttl { _ => 1, 5 => 2 };
//~ E0210 this arm is never asked
    let z = match E(ttl) { a => 1, b => 2 };
//~ E0209 no arm takes `c`
    let w = match ttl == 1 { true => 1 };
//~ E0209 no arm takes `false`
    let v = if ttl == 1 { 5 } else { true };
//~ E0205 expected u32, found bool
    if ttl == 2 { 5 }
//~ E0208 this value is not used
    match pkt.udp { _ => {} }
//~ E0301 may be absent, so it cannot be matched
}
