//# fn.call fn.recursion fn.absent
fn even(n: u32) -> bool { if n == 0 { true } else { odd(n - 1) } }
//~ E0212 `even` calls itself
fn odd(n: u32) -> bool { if n == 0 { false } else { even(n - 1) } }
fn value(x: u32) -> u32 { if x == 1 { return 5; } }
//~ E0211 `value` may end without its value
fn wrong(x: u32) -> u8 { x }
//~ E0205 expected u8, found u32
fn leaves(x: u32?) -> u32 { x? }
//~ E0303 `?` leaves a function without a value
program p(pkt) on xdp otherwise pass {
    if value() == 1 { return drop; }
//~ E0207 `value` needs `x`
    if value(1, 2) == 1 { return drop; }
//~ E0207 `value` takes 1 values
    if value(y = 1) == 1 { return drop; }
//~ E0207 `value` has no `y`
    if p(1) == 1 { return drop; }
//~ E0104 `p` is a program
    p(4);
//~ E0104 `p` is a program
}
