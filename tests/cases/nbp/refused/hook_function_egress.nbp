//# kernel.hook_function fn.verdict
fn own(sk: socket) -> bool { assign(sk) }
fn sends(to: u32) -> verdict { redirect(to) }
program r(pkt) on tc.egress otherwise drop {
    let sk = lookup_tcp(10.0.0.1, 10.0.0.2, 1, 2)?;
    if own(sk) { return sends(1); }
//~ E0401 programs on tc.egress do not call `assign`
}
