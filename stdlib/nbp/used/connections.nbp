// Connections: who is inside opens them, and what comes from outside has to belong to one.
//
//     use connections;
//     map known: lru_hash<connections.Flow, connections.Connection>(max_entries = 65536);
//     on the way out:  connections.outgoing(known, connections.flow(ip, tcp.src_port, tcp.dst_port), …)
//     on the way in:   connections.incoming(known, connections.answer(ip, tcp.src_port, tcp.dst_port), …)

// A connection as its opener sees it.
struct Flow { src: ipv4addr, dst: ipv4addr, src_port: u16, dst_port: u16, protocol: u8 }

enum State: u8 { opening, established, closing }

struct Connection { seen: u64, state: State }

// The connection of a packet that its opener sends.
fn flow(ip: ipv4, src_port: u16, dst_port: u16) -> Flow {
    Flow(src = ip.src, dst = ip.dst, src_port = src_port, dst_port = dst_port, protocol = ip.protocol)
}

// The connection of a packet that the other side sends.
fn answer(ip: ipv4, src_port: u16, dst_port: u16) -> Flow {
    Flow(src = ip.dst, dst = ip.src, src_port = dst_port, dst_port = src_port, protocol = ip.protocol)
}

// What TCP flags say of a connection: one that ends is `closing` from then on.
fn tcp_state(before: State, answered: bool, ends: bool) -> State {
    if ends || before == State.closing { State.closing }
    else if answered { State.established }
    else { before }
}

// Notes a packet from inside, which opens a connection if there is none; false if there is no room for it.
fn outgoing(known: map<Flow, Connection>, flow: Flow, ends: bool = false) -> bool {
    let now = time();
    if let c = known[flow] {
        c.seen = now;
        c.state = tcp_state(c.state, false, ends);
        return true;
    }
    known.insert(flow, Connection(seen = now, state = tcp_state(State.opening, false, ends)))
}

// The state of the connection that a packet from outside belongs to; absent if there is none, or nothing was
// heard of it for `idle` nanoseconds, or for a minute while it closes.
fn incoming(known: map<Flow, Connection>, flow: Flow, ends: bool = false, idle: u64 = 300s) -> State? {
    let now = time();
    let c = known[flow]?;
    let longest = if c.state == State.closing && idle > 60s { 60s } else { idle };
    if now - c.seen > longest {
        known.delete(flow);
        return none;
    }
    c.seen = now;
    c.state = tcp_state(c.state, true, ends);
    c.state
}

map known: lru_hash<Flow, Connection>(max_entries = 1024);

program leaving(pkt) on tc.egress otherwise ok {
    let ip = pkt.ipv4?;
    if let tcp = pkt.tcp {
        if !outgoing(known, flow(ip, tcp.src_port, tcp.dst_port), ends = tcp.fin || tcp.rst) { return shot; }
    }
}

program arriving(pkt) on tc.ingress otherwise shot {
    let ip = pkt.ipv4?;
    let tcp = pkt.tcp?;
    incoming(known, answer(ip, tcp.src_port, tcp.dst_port), ends = tcp.fin || tcp.rst)?;
    return ok;
}

test "answers come in, others do not" {
    run arriving with ethernet / ipv4(src = 1.1.1.1, dst = 10.0.0.1) / tcp(src_port = 80, dst_port = 999) expect shot;
    run leaving with ethernet / ipv4(src = 10.0.0.1, dst = 1.1.1.1) / tcp(src_port = 999, dst_port = 80) expect ok;
    run arriving with ethernet / ipv4(src = 1.1.1.1, dst = 10.0.0.1) / tcp(src_port = 80, dst_port = 999) expect ok;
    run arriving with ethernet / ipv4(src = 1.1.1.1, dst = 10.0.0.1) / tcp(src_port = 81, dst_port = 999) expect shot;
    run arriving with ethernet / ipv4(src = 1.1.1.2, dst = 10.0.0.1) / tcp(src_port = 80, dst_port = 999) expect shot;
}

test "what was quiet for long is forgotten, what closes sooner" {
    run leaving with ethernet / ipv4(src = 10.0.0.1, dst = 1.1.1.1) / tcp(src_port = 999, dst_port = 80) expect ok;
    advance 299s;
    run arriving with ethernet / ipv4(src = 1.1.1.1, dst = 10.0.0.1) / tcp(src_port = 80, dst_port = 999) expect ok;
    advance 301s;
    run arriving with ethernet / ipv4(src = 1.1.1.1, dst = 10.0.0.1) / tcp(src_port = 80, dst_port = 999) expect shot;
    run leaving with ethernet / ipv4(src = 10.0.0.1, dst = 1.1.1.1) / tcp(src_port = 999, dst_port = 80, fin = true) expect ok;
    advance 59s;
    run arriving with ethernet / ipv4(src = 1.1.1.1, dst = 10.0.0.1) / tcp(src_port = 80, dst_port = 999) expect ok;
    advance 61s;
    run arriving with ethernet / ipv4(src = 1.1.1.1, dst = 10.0.0.1) / tcp(src_port = 80, dst_port = 999) expect shot;
}
