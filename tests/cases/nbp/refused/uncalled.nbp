//# fn.packet fn.verdict
// What nobody calls is right for one hook at least.
fn right(pkt: packets) -> verdict { reroute }
fn of_tc(pkt: classifier) -> bool { pkt.mark == 1 && helped(pkt) }
fn helped(pkt: packets) -> bool { pkt.vlan_present == 1 }
fn wrong(pkt: packets) -> bool { pkt.ipv4?.ttl == 5 }
//~ E0303 `?` leaves a function without a value, and this one always has one
fn unknown(pkt: skb) -> bool { pkt.mark == nothing }
//~ E0101 there is no value `nothing`
fn of_another(pkt: lwt) -> bool { pkt.rx_queue_index == 1 }
//~ E0103 packets have no `rx_queue_index` on lwt.in
fn called(pkt: packets) -> u32 { pkt.length }
//~ E0103 a packet has no `length`
fn says(ttl: u8) -> verdict { if ttl == 1 { return nowhere; } pass }
//~ E0101 there is no verdict `nowhere`
fn neither(pkt: packets) -> verdict { if pkt.len > 5 { return reroute; } shot }
//~ E0101 there is no verdict `reroute`
fn never(pkt: packets) -> bool { pkt.ipv4 == none }
//~ E0101 there is no value `none` here
fn untyped(pkt) -> bool { true }
//~ E0104 `pkt` needs a type
map inner: array<u32>(max_entries = 2);
map other: array<u32>(max_entries = 2);
map maps: array_of_maps<inner>(max_entries = 2);
fn held(m: array_of_maps<other>) -> u32? { let x = m[0]?; x[0]? }
fn variable(pkt: packets) -> bool { let v = drop; true }
//~ E0101 `drop` is a verdict, and none is wanted here
program given(pkt) on xdp otherwise pass { if held(maps)? == 1 { return drop; } }
//~ E0205 map `maps` is not what `held` takes here
program p(pkt) on xdp otherwise pass { if called(pkt) == 5 { return drop; } }
