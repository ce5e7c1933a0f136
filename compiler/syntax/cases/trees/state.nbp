use net.vxlan;
use net.geneve as g;
license "GPL";

struct Counter { packets: u64, bytes: u64 }
struct Flags { urgent: u1 = 1, kind: u7, name: [u8; 16], next: u16? }
enum Kind { tcp, udp = 17, other }
enum Small: u8 { a = 1, b, }

map per_source: lru_hash<ipv4addr, Counter>(max_entries = 65536);
map events: ringbuf<Alert>(256KiB);
map table: array<u32, hash<u32, u64>>(4) = { 0 => first, 1 => second, };
map simple: queue<u64>;
var seen: u64;
var start: u32 = 5;
param limit: u64 = 1000;
const TEN = 10;
const WINDOW: duration = 100ms;
const RATE = 10Mbit;
const BOGONS: set<ipv4prefix> = { 0.0.0.0/8, 10.0.0.0/8, 10.0.0.1..10.0.0.9, 240.0.0.0/4 };
const BLOCKED: set<ipv4prefix> = file "blocked.txt";
const GATE = 02:00:5e:10:00:01;

program count_sources(pkt) on tc.ingress otherwise ok {
    let ip = pkt.ipv4?;
    let c = per_source.at(ip.src);
    atomic c.packets += 1;
    atomic c.bytes += pkt.len;
    let old = atomic c.last = now if c.last;
    if c.packets > limit {
        let e = events.reserve() else { return shot; };
        e.source = ip.src;
        e.submit();
        return shot;
    }
    emit Alert(source = ip.src) to events;
    lock c.lock { c.packets = 0; }
    if ip.src in BOGONS || ip.src !in BLOCKED || ip.ttl in 0..5 || ip.dst in { 10.0.0.1, fe80::1 } { return drop; }
}
