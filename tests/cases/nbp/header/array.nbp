//# header.array header.fields
// Elements by numbers that are known and that are not, all of them, and what has no whole bytes.
//@ xdp tc.ingress socket
//> ethernet / ipv4(ttl=0) / udp(dst_port=7000) / hex(00, 05, 00, 06, 00, 07, 00, 08, ab, cd, 01, 02, 03, 04, 05, 06, 11, 12, 13, 14, 15, 16) => drop
//> ethernet / ipv4(ttl=1) / udp(dst_port=7000) / hex(00, 05, 00, 06, 00, 07, 00, 08, ab, cd, 01, 02, 03, 04, 05, 06, 11, 12, 13, 14, 15, 16) => pass
//> ethernet / ipv4(ttl=3) / udp(dst_port=7000) / hex(00, 05, 00, 06, 00, 07, 00, 09, ab, cd, 01, 02, 03, 04, 05, 06, 11, 12, 13, 14, 15, 16) => drop
//> ethernet / ipv4(ttl=4) / udp(dst_port=7000) / hex(00, 05, 00, 06, 00, 07, 00, 08, ab, cd, 01, 02, 03, 04, 05, 06, 11, 12, 13, 14, 15, 16) => pass
//> ethernet / ipv4(ttl=9) / udp(dst_port=7000) / hex(00, 05, 00, 06, 00, 07, 00, 08, ab, cd, 01, 02, 03, 04, 05, 06, 11, 12, 13, 14, 15, 16) => drop
//> ethernet / ipv4(ttl=0) / udp(dst_port=7000) / hex(00, 05, 00, 06, 00, 07, 00, 08, ab, cd, 01, 02, 03, 04, 05, 06, 11, 12, 13, 14, 15) => pass

const PORTS: u32 = 4;
fn half(n: u32) -> u32 { n / 2 }
header table {
    ports: [u16; PORTS],
    marks: [u4; 4],
    stations: [macaddr; half(PORTS)],
    after udp if dst_port == 7000
}

program p(pkt) on xdp otherwise pass {
    let table = pkt.table?;
    let ttl = pkt.ipv4?.ttl;
    if ttl == 9 {
        let mut sum = 0;
        for port in table.ports { sum += port; }
        let all = table.ports;
        let mut again = 0;
        for i in 0..4 { again += all[i] + table.marks[i] + table.ports[i] - table.ports[3 - i]?; }
        let last = table.stations[ttl & 1] == 11:12:13:14:15:16;
        if sum == 26 && again == 26 + 0xa + 0xb + 0xc + 0xd && last && all.len == 4 { return drop; }
        return pass;
    }
    let port = table.ports[ttl]?;
    let mark = table.marks[ttl]?;
    let first = table.stations[0] == 01:02:03:04:05:06;
    if first && port == 5 && mark == 0xa && table.marks[3] == 0xd { return drop; }
    if port == 9 && mark == 0xd && table.ports[ttl % 4] == 9 { return drop; }
}

test "arrays are built" {
    run p(ifindex = 1) with ethernet / ipv4(ttl = 3) / udp
        / table(ports = [1, 2, 3, 9], marks = [0, 0, 0, 13], stations = [01:02:03:04:05:06; 2]) expect drop;
}
