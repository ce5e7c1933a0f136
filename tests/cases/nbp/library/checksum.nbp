//# name.library bytes.payload
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / hex(01, 02, 03) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / hex(01, 02, 04) => pass
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if checksum(ip.bytes, ip.ihl * 4)? != 0 || checksum(ip.bytes[12..], 8)? != 0xebfc { return pass; }
    if checksum(ip.payload, ip.payload.len)? != 0xfbfd { return pass; }
    if let far = checksum(ip.bytes, 1000) { return pass; }
    return drop;
}
