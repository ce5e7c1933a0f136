program b(pkt) on xdp otherwise pass {
    let a = 'x';
    let b = 1.5;
    let c = 10.0.0.0/40;
    let d = "no \q escape";
    let e = 5sec + 10kb + 0xfg + 7f;
    let f = fe80:::1;
    /* a comment
       of another kind */
    let g = “text”;
    let h = "open;
    let i = 340282366920938463463374607431768211456;
    let j = a–b;
}
# comment
