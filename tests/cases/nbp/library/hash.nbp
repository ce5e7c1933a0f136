//# name.library fn.generic const.call
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(src_port=7, dst_port=53) / hex(01, 02, 03) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=10.0.0.2) / udp(src_port=8, dst_port=53) / hex(01, 02, 03) => pass
struct Flow { src: ipv4addr, dst: ipv4addr, src_port: u16, dst_port: u16, protocol: u8 }
struct Three { a: u32, b: u32, c: u32 }
struct Six { a: Three, b: Three }
const THREE = Three(a = 1, b = 2, c = 3);
const KNOWN = jhash(5) == 0xf5a8a9b6 && jhash(5, seed = 1) == 0x9b47467e && jhash(THREE) == 0xa46158f5
    && jhash(u64(0x2_0000_0001), 7) == 0x79f0851f && jhash(Six(a = THREE, b = Three(a = 4, b = 5, c = 6))) == 0xe3e36b25
    && scatter(1) == 0x514e28b7 && scatter(0xdeadbeef) == 0xde5c6a9;
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let udp = pkt.udp?;
    let flow = Flow(src = ip.src, dst = ip.dst, src_port = udp.src_port, dst_port = udp.dst_port, protocol = ip.protocol);
    if KNOWN && jhash(flow) == 0x574459e6 && jhash(u64(ip.ttl) + 0x2_0000_0000 - 63, seed = 7) == 0x79f0851f {
        if scatter(u32(ip.protocol) - 16) == 0x514e28b7 { return drop; }
    }
}
