//# kernel.hook_function
fn deep() -> bool {
    if let sk = lookup_tcp(10.0.0.1, 10.0.0.2, 1, 2) { return true; }
    false
}
fn deeper() -> bool { deep() }
program p(pkt) on socket otherwise drop {
    if deeper() { return keep; }
//~ E0401 programs on socket do not call `lookup_tcp`
}
