// What people write who come from other languages.
program p(pkt) on xdp otherwise pass {
    let a = Counter { packets: 1 };
    f(ipv4(src: 10.0.0.1));
    if a = b { x; }
    let b == 5;
    let c = x as u16;
    let d = &pkt;
    x++;
    y--;
    if a < b < c { x; }
    let e = f<u32>(x);
    for (i = 0; i < 8; i = i + 1) { x; }
    if a { x; }; else { y; }
    let f;
    let g: u32;
}
