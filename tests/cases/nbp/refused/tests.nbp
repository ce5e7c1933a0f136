// What a test cannot say.
//# test.item test.run test.packet test.memory test.param test.capture test.time
struct Counter { packets: u64 }
param limit: u32 = 5;
map m: hash<u32, Counter>(max_entries = 4);
map events: ringbuf<Counter>(4KiB);
var seen: u32;

fn late(than: u32) -> bool { time() > than }

program p(pkt) on xdp otherwise pass {}
program t(pkt) on tc.ingress otherwise ok {}

test "runs" {
    run q with ethernet expect pass;
    //~ E0101 there is no program `q`
    run p with ethernet expect ok;
    //~ E0101 there is no verdict `ok`
    run p with ipv4 expect pass;
    //~ E0306 packets of xdp begin with `ethernet`
    run p with ethernet / tcp expect pass;
    //~ E0306 `tcp` never follows `ethernet`
    run p with ethernet / ipv5 expect pass;
    //~ E0101 there is no header `ipv5`
    run p with ethernet / ipv4(sorce = 10.0.0.1) expect pass;
    //~ E0101 there is no field of ipv4 `sorce`
    run p with ethernet / ipv4(10.0.0.1) expect pass;
    //~ E0207 the fields of a header are named
    run p with ethernet / ipv4(ttl = 256) expect pass;
    //~ E0202 256 is not a u8
    run p with ethernet / 5 expect pass;
    //~ E0104 a packet is made of headers and text
    run p with ethernet packet 3 expect pass;
    //~ E0104 packets of captures have numbers
    run p(mark = 3) with ethernet expect pass;
    //~ E0101 there is no field of the hook `mark`
    run p with ethernet expect emit Counter(packets = 1) to m;
    //~ E0104 this takes no events
    run t with ethernet expect ifindex[1] == 1;
    //~ E0104 `ifindex` is no array
    run t with ethernet expect cb[5] == 1;
    //~ E0202 `cb` has the elements 0 to 4
    run t with ethernet expect cb[0] == 10.0.0.1;
    //~ E0205 expected u32, found ipv4addr
    limit = 3;
    //~ E0305 parameters are set before programs are loaded
}

test "memory" {
    expect m[1].packet == 1;
    //~ E0103 Counter has no field `packet`
    expect m[10.0.0.1] == none;
    //~ E0205 expected u32, found ipv4addr
    expect m[1] > m[2];
    //~ E0205 Counter has no order
    expect seen == true;
    //~ E0205 expected u32, found bool
    expect seen;
    //~ E0205 expected bool, found u32
    expect events[0] == none;
    //~ E0103 `events` is a ringbuf: it has no elements by keys
    let own = 1;
    own = 2;
    //~ E0305 this is no place in memory
    expect own == none;
    //~ E0305 this is no place in memory
    nothing = 1;
    //~ E0101 there is no value `nothing`
    seen += 10.0.0.1;
    //~ E0205 expected u32, found ipv4addr
    expect time() == 0;
    //~ E0206 only the running program has this
    expect late(seen);
    //~ E0206 only the running program has this
    for i in seen { run p with ethernet expect pass; }
    //~ E0205 u32 has nothing to go through
    for k, v in m { run p with ethernet expect pass; }
    //~ E0104 a loop of a test has one variable
    return pass;
    //~ E0104 this does not belong into a test
    advance 10.0.0.1;
    //~ E0205 expected u64, found ipv4addr
}

test "memory" {}
//~ E0102 two tests have one name
