//# type.words loop.items type.array
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(src_port=7, dst_port=53) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.3) / udp(src_port=7, dst_port=53) => pass
struct Flow { src: ipv4addr, dst: ipv4addr, src_port: u16, dst_port: u16, protocol: u8 }
struct Mixed { small: i8, mac: macaddr, wide: u64, six: ipv6addr, yes: bool }
const NUMBERS = words(Flow(src = 1.2.3.4, dst = 0.0.0.0, src_port = 1, dst_port = 2, protocol = 6));
map flows: hash<u32, Flow>(max_entries = 4);
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let udp = pkt.udp?;
    let flow = Flow(src = ip.src, dst = ip.dst, src_port = udp.src_port, dst_port = udp.dst_port, protocol = ip.protocol);
    let all = words(flow);
    if all.len != 4 || all[0] != 0x0100000a || all[1] != 0x0200000a || all[2] != 0x350007 || all[3] != 17 { return pass; }
    if NUMBERS[0] != 0x04030201 || NUMBERS[2] != 0x20001 { return pass; }
    let small = i8(ip.ttl) - 65;
    let mixed = words(Mixed(small = i8(small), mac = 02:00:5e:10:00:01, wide = 0x1_0000_0005, six = 2001:db8::1, yes = udp.dst_port == 53));
    if mixed.len != 10 || mixed[0] != 0x000200ff || mixed[1] != 0x0100105e || mixed[2] != 5 || mixed[3] != 1 { return pass; }
    if mixed[4] != 0xb80d0120 || mixed[7] != 0x01000000 || mixed[8] != 1 { return pass; }
    flows.insert(1, flow);
    let stored = flows[1]?;
    let mut sum = 0;
    for word in words(stored) {
        if word == 17 { continue; }
        sum += word;
    }
    let mut first = 0;
    for x in [3, u32(ip.ttl), 5] {
        if x > 4 { first = x; break; }
    }
    if sum == 0x0100000a + 0x0200000a + 0x350007 && first == 64 { return drop; }
}
