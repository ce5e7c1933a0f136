//# redirect.interface redirect.map fn.verdict
//@ xdp
//> ethernet / ipv4(ttl=1) => 4
//> ethernet / ipv4(ttl=2) => drop
//> ethernet / ipv4(ttl=3) => pass
map ports: devmap(max_entries = 4);
fn sent(index: u32) -> verdict { redirect(index) }
fn chosen(pkt: xdp) -> verdict? {
    let ip = pkt.ipv4?;
    if ip.ttl == 1 { return sent(1); }
    // Nothing stands there.
    if ip.ttl == 2 { return redirect(ports, 2, flags = 1); }
    none
}
program p(pkt) on xdp otherwise pass {
    return chosen(pkt)?;
}
test "to an interface" {
    run p with ethernet / ipv4(ttl = 1) expect redirect(1);
}
