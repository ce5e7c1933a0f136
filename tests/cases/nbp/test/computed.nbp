// Tests compute with what programs left.
//# test.memory test.item test.param test.packet
//@ xdp
struct Limits { packets: u32 = 2, bytes: u32 = 1000 }
struct Counter { packets: u64, bytes: u64 }
param limits: Limits = Limits();
map per_source: hash<ipv4addr, Counter>(max_entries = 16);
map ports: array<u16>(max_entries = 4);
map nets: lpm_trie<ipv4prefix, u32>(max_entries = 4);
var lengths: [u32; 4];
var seen: u32;
const SOURCES: [ipv4addr; 3] = [10.0.0.1, 10.0.0.2, 10.0.0.3];
const PORTS: set<u16> = { 22, 80 };

fn average(c: Counter) -> u64 { if c.packets == 0 { 0 } else { c.bytes / c.packets } }
fn many(address: ipv4addr) -> bool? { per_source[address]?.packets > 1 }

program count(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let c = per_source.at(ip.src);
    c.packets += 1;
    c.bytes += ip.total_length;
    lengths[ip.ttl & 3] = ip.total_length;
    seen += 1;
    if c.packets > limits.packets || c.bytes > limits.bytes { return drop; }
    if nets[ip.src]? > 0 { return tx; }
}

test "computed" {
    limits.packets = 5;
    for source in SOURCES {
        run count with ethernet / ipv4(src = source, ttl = 1) / udp expect pass;
        run count with ethernet / ipv4(src = source, ttl = 2) / udp / "abcd" expect pass;
        expect average(per_source[source]) == 30 && many(source)?;
        expect per_source[source].bytes - per_source[source].packets * 28 == 4;
        expect per_source[source] == Counter(packets = 2, bytes = 60);
    }
    expect lengths[1] + 4 == lengths[2] && lengths == [0, 28, 32, 0];
    let before = seen;
    expect before == 2 * SOURCES.len;
    seen += 10;
    run count with ethernet / ipv4 / udp(dst_port = u16(ports[0] + 1)) expect pass;
    expect seen - before == 11;
    let known = match seen { 17 => true, _ => false };
    expect known;
    per_source[10.0.0.1].packets = per_source[10.0.0.2].packets + 3;
    run count with ethernet / ipv4(src = 10.0.0.1) / udp expect drop;
    lengths[3] = seen;
    expect lengths[3] == 18;
    for port in PORTS { ports[port % 3] = port; }
    expect ports[22 % 3] == 22 && ports[80 % 3] == 80;
    let prefix = ipv4prefix(SOURCES[1], limits.packets * 6);
    nets[prefix] = 1;
    run count with ethernet / ipv4(src = 10.0.0.2) / udp expect tx;
}
