// A stateful firewall: from inside everybody may open connections, from outside only to our services.
// Inside is what this interface sends; answers come back as long as their connection is known.
const SERVICES: set<u16> = { 22, 80, 443 };
const NEVER: set<ipv4prefix> = { 0.0.0.0/8, 127.0.0.0/8, 240.0.0.0/4 };

struct Flow { local: ipv4addr, remote: ipv4addr, local_port: u16, remote_port: u16, protocol: u8 }
map flows: lru_hash<Flow, u64>(max_entries = 65536);

program outgoing(pkt) on tc.egress otherwise ok {
    let ip = pkt.ipv4?;
    let ports = ports_of(pkt.tcp, pkt.udp)?;
    flows.insert(Flow(ip.src, ip.dst, ports.src, ports.dst, ip.protocol), time());
}

program incoming(pkt) on tc.ingress otherwise shot {
    let ip = pkt.ipv4 else { return ok; };  // ARP and the like
    if ip.src in NEVER { return shot; }
    if ip.protocol == 1 { return ok; }
    let ports = ports_of(pkt.tcp, pkt.udp)?;
    if let since = flows[Flow(ip.dst, ip.src, ports.dst, ports.src, ip.protocol)] { return ok; }
    if pkt.tcp?.dst_port in SERVICES { return ok; }
}

struct Ports { src: u16, dst: u16 }

fn ports_of(t: tcp?, u: udp?) -> Ports? {
    if let t = t { return Ports(t.src_port, t.dst_port); }
    let u = u?;
    Ports(u.src_port, u.dst_port)
}

test "answers come in, strangers do not" {
    run incoming with ethernet / ipv4(src = 10.0.0.9, dst = 10.0.0.1) / udp(src_port = 53, dst_port = 5000) expect shot;
    run outgoing with ethernet / ipv4(src = 10.0.0.1, dst = 10.0.0.9) / udp(src_port = 5000, dst_port = 53) expect ok;
    run incoming with ethernet / ipv4(src = 10.0.0.9, dst = 10.0.0.1) / udp(src_port = 53, dst_port = 5000) expect ok;
    run incoming with ethernet / ipv4(src = 10.0.0.8, dst = 10.0.0.1) / udp(src_port = 53, dst_port = 5000) expect shot;
}

test "services, and whom nobody is" {
    run incoming with ethernet / ipv4(src = 10.0.0.9) / tcp(dst_port = 443, syn = true) expect ok;
    run incoming with ethernet / ipv4(src = 10.0.0.9) / tcp(dst_port = 3306, syn = true) expect shot;
    run incoming with ethernet / ipv4(src = 127.0.0.1) / tcp(dst_port = 443) expect shot;
    run incoming with ethernet / arp expect ok;
    run incoming with ethernet / ipv4(src = 10.0.0.9) / icmp expect ok;
}
