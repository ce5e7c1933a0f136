//# struct.value enum.variant
struct S { a: u32, a: u8 }
//~ E0102 `a` is declared twice
struct T { t: tcp }
//~ E0104 a struct cannot hold tcp
struct R { r: R }
//~ E0212 `R` depends on itself
enum E: u8 { a = 256 }
//~ E0202 256 is not a u8
struct P { x: u32, y: ipv4prefix }
//~ E0104 a struct cannot hold ipv4prefix
struct Q { x: u32 }
program p(pkt) on xdp otherwise pass {
    let q = Q(z = 5);
//~ E0207 `Q` has no `z`
    let r = Q(x = 5).y;
//~ E0103 Q has no field `y`
}
