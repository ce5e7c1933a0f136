//# header.repeat
// However many extensions there may be, the kernel's verifier is soon through with them.
//@ xdp
//% 2000
//> ethernet / ipv6 / tcp(dst_port=23) => drop
//> ethernet / ipv6 / ext / ext / fragment / ext / tcp(dst_port=23) => drop
//> ethernet / vlan / vlan / ipv6 / ext / ext / ext / ext / ext / ext / ext / ext / tcp(dst_port=23) => drop
//> ethernet / ipv6 / ext / ext / ext / ext / ext / ext / ext / ext / ext / tcp(dst_port=23) => pass
program p(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 23 { return drop; }
}
