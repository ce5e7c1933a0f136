//# yet.refused
struct_ops own: tcp_congestion_ops { name = "own", }
//~ E0499 `struct_ops` is not supported yet
program p(pkt) on xdp otherwise pass {}
