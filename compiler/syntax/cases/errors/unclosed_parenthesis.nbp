program b(pkt) on xdp otherwise pass {
    f(1, (2 + 3);
    g([1, 2);
    if (a { b; }
}
