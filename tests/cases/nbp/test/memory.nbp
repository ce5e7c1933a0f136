// What is in maps and variables is set before runs, and asked for behind them.
//# test.memory test.param test.capture test.time
//@ xdp
struct Counter { packets: u64, bytes: u32, last: ipv4addr }
struct Alert { source: ipv4addr, port: u16 }
param limit: u64 = 1000;
map per_source: hash<ipv4addr, Counter>(max_entries = 16);
map ports: array<u32>(max_entries = 4);
map nets: lpm_trie<ipv4prefix, u32>(max_entries = 4);
map alerts: ringbuf<Alert>(4KiB);
var seen: u32;
var since: u64;

header note {
    size: u16 = payload.len + 1,
    whole: u16 = payload.len + 4,
    after udp if dst_port == 7777
}

program count(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let c = per_source.at(ip.src);
    c.last = ip.dst;
    atomic c.packets += 1;
    atomic c.bytes += pkt.len;
    atomic seen += 1;
    if nets[ip.src]? > 0 { return tx; }
    if c.packets > limit {
        emit Alert(source = ip.src, port = 7) to alerts;
        return drop;
    }
}

program sizes(pkt) on xdp otherwise aborted {
    let note = pkt.note?;
    if note.size == 4 && note.whole == 7 { return drop; }
    return pass;
}

program wait(pkt) on xdp otherwise pass {
    if time() - since > 1s { since = time(); return drop; }
}

test "a source is counted" {
    limit = 2;
    let source = 10.0.0.1;
    nets[0.0.0.0/0] = 0;
    expect per_source[source] == none && ports[0] != none;
    expect ports[0] == 1 || ports[0] == 0;
    for i in 0..2 {
        run count with ethernet / ipv4(src = source, dst = 10.0.0.9) / udp expect pass;
        expect seen == i + 1;
    }
    run count with ethernet / ipv4(src = source) / udp
        expect drop, emit Alert(source = source, port = 7) to alerts;
    expect per_source[source].packets == 3;
    expect per_source[source].bytes == 3 * 42 && per_source[source].last == 0.0.0.0;
    expect !(seen > 3) && 3 <= seen;
}

test "what is set is found" {
    per_source[10.0.0.2] = Counter(packets = 1000);
    nets[10.0.0.0/8] = 0;
    run count with ethernet / ipv4(src = 10.0.0.2) / udp expect drop;
    per_source[10.0.0.2].packets = 5;
    nets[10.0.0.0/24] = 1;
    run count with ethernet / ipv4(src = 10.0.0.2) / udp expect tx;
    expect per_source[10.0.0.2].packets == 6 && nets[10.0.0.7] == 1 && nets[10.9.0.7] == 0;
    expect ports[3] == 0 && ports[4] == none;
}

test "fields that count bytes" {
    run sizes with ethernet / ipv4 / udp / note / "abc" expect drop;
    run sizes with ethernet / ipv4 / udp / note(size = 9) / "abc" expect pass;
    run sizes with ethernet / ipv4 / udp(dst_port = 1) / note / "abc" expect aborted;
}

test "time goes on" {
    run wait with ethernet expect pass;
    advance 1s;
    run wait with ethernet expect pass;
    advance 1ns;
    run wait with ethernet expect drop;
    expect since == 1s + 1;
}
