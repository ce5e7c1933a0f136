program b(pkt) on xdp
