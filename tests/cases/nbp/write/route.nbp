//# write.checksum
//@ lwt.xmit
// Packets that are sent: the kernel knows which checksums are still to be made.
//> ipv4(src=10.0.0.2) / udp(src_port=53) / "x" => ok: ipv4(src=192.0.2.7) / udp(src_port=5353) / "x"

program p(pkt) on lwt.xmit otherwise drop {
    pkt.ipv4?.src = 192.0.2.7;
    pkt.udp?.src_port = 5353;
    return ok;
}
