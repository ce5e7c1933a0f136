// Drops what is sent to the telnet port.
program drop_telnet(pkt) on xdp otherwise pass {
    if pkt matches "tcp dst port 23" { return drop; }
}
