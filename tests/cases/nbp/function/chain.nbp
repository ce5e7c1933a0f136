//# fn.call
// A header goes through many functions, each of which names it.
//> ethernet / ipv4 / tcp(syn) => drop
//> ethernet / ipv4 / tcp => pass

fn f0(t: tcp) -> tcp { t }
fn f1(t: tcp) -> tcp { let x = f0(t); x }
fn f2(t: tcp) -> tcp { let x = f1(t); x }
fn f3(t: tcp) -> tcp { let x = f2(t); x }
fn f4(t: tcp) -> tcp { let x = f3(t); x }
fn f5(t: tcp) -> tcp { let x = f4(t); x }
fn f6(t: tcp) -> tcp { let x = f5(t); x }
fn f7(t: tcp) -> tcp { let x = f6(t); x }
fn f8(t: tcp) -> tcp { let x = f7(t); x }
fn f9(t: tcp) -> tcp { let x = f8(t); x }
fn f10(t: tcp) -> tcp { let x = f9(t); x }
fn f11(t: tcp) -> tcp { let x = f10(t); x }
fn f12(t: tcp) -> tcp { let x = f11(t); x }
fn f13(t: tcp) -> tcp { let x = f12(t); x }
fn f14(t: tcp) -> tcp { let x = f13(t); x }
fn f15(t: tcp) -> tcp { let x = f14(t); x }
fn f16(t: tcp) -> tcp { let x = f15(t); x }
fn f17(t: tcp) -> tcp { let x = f16(t); x }
fn f18(t: tcp) -> tcp { let x = f17(t); x }
fn f19(t: tcp) -> tcp { let x = f18(t); x }
fn f20(t: tcp) -> tcp { let x = f19(t); x }
fn f21(t: tcp) -> tcp { let x = f20(t); x }
fn f22(t: tcp) -> tcp { let x = f21(t); x }
fn f23(t: tcp) -> tcp { let x = f22(t); x }
fn f24(t: tcp) -> tcp { let x = f23(t); x }

program p(pkt) on xdp otherwise pass {
    if f24(pkt.tcp?).syn { return drop; }
}
