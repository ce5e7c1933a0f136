//# fn.packet fn.verdict kernel.hook_function packet.stale
fn plain(to: u32) -> bool { redirect(to); true }
//~ E0401 `redirect` gives a verdict, and this has none
fn of_tc(pkt: classifier) -> bool { pkt.vlan_present == 1 }
fn any(pkt: packets) -> bool { pkt.len > 5 }
fn says(ttl: u8) -> verdict { if ttl == 1 { return drop; } pass }
fn asks(ttl: u8) -> bool { says(ttl); true }
//~ E0104 `says` is about verdicts, and this is of no hook
fn away(to: u32) -> verdict { redirect(to) }
//~ E0401 programs on socket do not redirect
fn tagged(pkt: packets) -> bool? { pkt.push(vlan(vid = 5)); true }
const TOO_EARLY: bool = any(5);
//~ E0205 u32 is not what `any` takes here
program p(pkt) on xdp otherwise drop {
    if of_tc(pkt) { return drop; }
//~ E0205 a packet of xdp is not what `of_tc` takes here
    if any(5) { return drop; }
//~ E0205 u32 is not what `any` takes here
    if any() { return drop; }
//~ E0207 `any` needs `pkt`
    let ip = pkt.ipv4?;
    tagged(pkt)?;
    if ip.ttl == 1 { return says(2); }
//~ E0307 `ip` was found before the packet's bytes moved
}
program q(pkt) on socket otherwise drop {
    return away(1);
}
