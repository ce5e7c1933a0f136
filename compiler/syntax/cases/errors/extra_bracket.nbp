program b(pkt) on xdp otherwise pass {
    f(1));
    }
}
