// A stateful firewall: from inside everybody may open connections, from outside only to our services.
// Inside is what this interface sends; answers come back as long as their connection is known.
const SERVICES: set<u16> = { 22, 80, 443 };
const NEVER: set<ipv4prefix> = { 0.0.0.0/8, 127.0.0.0/8, 240.0.0.0/4 };
const NEVER6: set<ipv6prefix> = { ::/127, ::ffff:0:0/96, ff00::/8 };

struct Ports { src: u16, dst: u16, protocol: u8 }
struct Flow { local: ipv4addr, remote: ipv4addr, local_port: u16, remote_port: u16, protocol: u8 }
struct Flow6 { local: ipv6addr, remote: ipv6addr, local_port: u16, remote_port: u16, protocol: u8 }
map flows: lru_hash<Flow, u64>(max_entries = 65536);
map flows6: lru_hash<Flow6, u64>(max_entries = 65536);

program outgoing(pkt) on tc.egress otherwise ok {
    let p = ports_of(pkt.tcp, pkt.udp)?;
    if let ip = pkt.ipv4 { flows.insert(Flow(ip.src, ip.dst, p.src, p.dst, p.protocol), time()); }
    if let ip = pkt.ipv6 { flows6.insert(Flow6(ip.src, ip.dst, p.src, p.dst, p.protocol), time()); }
}

program incoming(pkt) on tc.ingress otherwise shot {
    if let arp = pkt.arp { return ok; }
    if let ip = pkt.ipv4 {
        if ip.src in NEVER { return shot; }
        if ip.protocol == 1 { return ok; }
    } else {
        if pkt.ipv6?.src in NEVER6 { return shot; }
        if let icmp = pkt.icmpv6 { return ok; }  // neighbors are found by it
    }
    let p = ports_of(pkt.tcp, pkt.udp)?;
    if p.protocol == 6 && p.dst in SERVICES { return ok; }
    if let ip = pkt.ipv4 {
        if let since = flows[Flow(ip.dst, ip.src, p.dst, p.src, p.protocol)] { return ok; }
    } else {
        let ip = pkt.ipv6?;
        if let since = flows6[Flow6(ip.dst, ip.src, p.dst, p.src, p.protocol)] { return ok; }
    }
}

fn ports_of(t: tcp?, u: udp?) -> Ports? {
    if let t = t { return Ports(t.src_port, t.dst_port, 6); }
    let u = u?;
    Ports(u.src_port, u.dst_port, 17)
}

test "answers come in, strangers do not" {
    run incoming with ethernet / ipv4(src = 10.0.0.9, dst = 10.0.0.1) / udp(src_port = 53, dst_port = 5000) expect shot;
    run outgoing with ethernet / ipv4(src = 10.0.0.1, dst = 10.0.0.9) / udp(src_port = 5000, dst_port = 53) expect ok;
    run incoming with ethernet / ipv4(src = 10.0.0.9, dst = 10.0.0.1) / udp(src_port = 53, dst_port = 5000) expect ok;
    run incoming with ethernet / ipv4(src = 10.0.0.8, dst = 10.0.0.1) / udp(src_port = 53, dst_port = 5000) expect shot;
}

test "and so it is with IPv6" {
    run incoming with ethernet / ipv6(src = 2001:db8::9, dst = 2001:db8::1) / tcp(src_port = 80, dst_port = 5000) expect shot;
    run outgoing with ethernet / ipv6(src = 2001:db8::1, dst = 2001:db8::9) / tcp(src_port = 5000, dst_port = 80) expect ok;
    run incoming with ethernet / ipv6(src = 2001:db8::9, dst = 2001:db8::1) / tcp(src_port = 80, dst_port = 5000) expect ok;
    run incoming with ethernet / ipv6(src = 2001:db8::9, dst = 2001:db8::1) / udp(src_port = 80, dst_port = 5000) expect shot;
}

test "services, and whom nobody is" {
    run incoming with ethernet / ipv4(src = 10.0.0.9) / tcp(dst_port = 443, syn = true) expect ok;
    run incoming with ethernet / ipv6(src = 2001:db8::9) / tcp(dst_port = 443, syn = true) expect ok;
    run incoming with ethernet / ipv4(src = 10.0.0.9) / tcp(dst_port = 3306, syn = true) expect shot;
    run incoming with ethernet / ipv6(src = 2001:db8::9) / tcp(dst_port = 3306, syn = true) expect shot;
    run incoming with ethernet / ipv4(src = 127.0.0.1) / tcp(dst_port = 443) expect shot;
    run incoming with ethernet / ipv6(src = ::1) / tcp(dst_port = 443) expect shot;
    run incoming with ethernet / arp expect ok;
    run incoming with ethernet / ipv4(src = 10.0.0.9) / icmp expect ok;
    run incoming with ethernet / ipv6(src = fe80::9) / icmpv6 expect ok;
    run incoming with ethernet / "neither" expect shot;
}
