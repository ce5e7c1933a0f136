fn mix(a: u32, b: u32 = 7) -> u32 { (a ^ b) * 0x9e3779b1 }
fn nothing() {}
fn tail(x: u32) -> u32 {
    if x == 0 { 1 } else if x < 5 { return 7; } else { 2 }
}
fn choose(x: u8) -> u32 {
    match x {
        1 => 10,
        2 | 3 if x != limit => { 11 }
        4..=6 => return 12,
        Kind.tcp => if x > 5 { 1 } else { 2 }
        _ => 13
    }
}
fn all_operators(a: u32, b: u32) -> bool {
    let x = a || b && a == b;
    let y = a | b ^ a & b << 2 >> 3 + 4 - 5 * 6 / 7 % 8;
    let mut z: u32 = -a + ~b;
    z += 1; z -= 1; z *= 2; z /= 2; z %= 2; z &= 1; z |= 1; z ^= 1; z <<= 1; z >>= 1;
    a != b && a <= b && a >= b && !(a > b)
}
fn loops(n: u32) {
    for i in 0..8 { continue; }
    for option in tcp.options limit 10 { if option.kind == 2 { break; } }
    for key, value in table { seen += value; }
    while depth < n limit 64 { depth += 1; }
    while let e = queue.pop() { use_it(e); }
    if let h = pkt.udp { h.dst_port = 53; } else { return; }
    let array = [1, 2, 3];
    let zeros = [0; 16];
    let part = pkt.payload[0..4] == "GET ";
    let rest = pkt.payload[..4];
    let open = pkt.payload[4..];
    let value = { let a = 1; a + 1 };
    let inner = pkt.vxlan?.inner.tcp?;
    pkt.push(ethernet(src = a, dst = b), ipv4(), vxlan(vni = 7));
    { nothing(); }
    x(program = 1, next = 2).length.map
}
fn generic(a: array<array<u8>>, b: [u8], c: [u8; 4]?, d: net.thing) {}
