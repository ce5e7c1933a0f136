//# fn.inline loop.complexity
// Each calls the one before twice, so the last would stand there 2^20 times.
fn f0(x: u32) -> u32 { x + 1 }
fn f1(x: u32) -> u32 { f0(x) + f0(x ^ 1) }
fn f2(x: u32) -> u32 { f1(x) + f1(x ^ 1) }
fn f3(x: u32) -> u32 { f2(x) + f2(x ^ 1) }
fn f4(x: u32) -> u32 { f3(x) + f3(x ^ 1) }
fn f5(x: u32) -> u32 { f4(x) + f4(x ^ 1) }
fn f6(x: u32) -> u32 { f5(x) + f5(x ^ 1) }
fn f7(x: u32) -> u32 { f6(x) + f6(x ^ 1) }
fn f8(x: u32) -> u32 { f7(x) + f7(x ^ 1) }
fn f9(x: u32) -> u32 { f8(x) + f8(x ^ 1) }
fn f10(x: u32) -> u32 { f9(x) + f9(x ^ 1) }
fn f11(x: u32) -> u32 { f10(x) + f10(x ^ 1) }
fn f12(x: u32) -> u32 { f11(x) + f11(x ^ 1) }
fn f13(x: u32) -> u32 { f12(x) + f12(x ^ 1) }
fn f14(x: u32) -> u32 { f13(x) + f13(x ^ 1) }
fn f15(x: u32) -> u32 { f14(x) + f14(x ^ 1) }
fn f16(x: u32) -> u32 { f15(x) + f15(x ^ 1) }
fn f17(x: u32) -> u32 { f16(x) + f16(x ^ 1) }
fn f18(x: u32) -> u32 { f17(x) + f17(x ^ 1) }
fn f19(x: u32) -> u32 { f18(x) + f18(x ^ 1) }
fn f20(x: u32) -> u32 { f19(x) + f19(x ^ 1) }
program p(pkt) on xdp otherwise pass {
    if f20(pkt.len) == 7 { return drop; }
//~ E0402 the program is longer than 250000 instructions here
}
