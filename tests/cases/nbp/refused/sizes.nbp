//# type.size const.call
struct S0 { a: u64 }
struct S1 { a: S0, b: S0 }
struct S2 { a: S1, b: S1 }
struct S3 { a: S2, b: S2 }
struct S4 { a: S3, b: S3 }
struct S5 { a: S4, b: S4 }
struct S6 { a: S5, b: S5 }
struct S7 { a: S6, b: S6 }
struct S8 { a: S7, b: S7 }
struct S9 { a: S8, b: S8 }
struct S10 { a: S9, b: S9 }
struct S11 { a: S10, b: S10 }
struct S12 { a: S11, b: S11 }
struct S13 { a: S12, b: S12 }
struct S14 { a: S13, b: S13 }
struct S15 { a: S14, b: S14 }
struct S16 { a: S15, b: S15 }
struct S17 { a: S16, b: S16 }
struct S18 { a: S17, b: S17 }
struct S19 { a: S18, b: S18 }
struct S20 { a: S19, b: S19 }
//~ E0202 a value has at most 4194304 bytes
map fits: array<S19>(max_entries = 1);
map square: array<[[u64; 65536]; 65536]>(max_entries = 1);
//~ E0202 a value has at most 4194304 bytes
const SQUARE: [[u64; 60000]; 60000] = [[0; 60000]; 60000];
//~ E0202 a value has at most 4194304 bytes
//~ E0202 a value has at most 4194304 bytes
const CUBE = [[[0; 65536]; 16]; 64];
//~ E0202 a value has at most 4194304 bytes
fn copies() -> u32 {
    let mut all = [[0; 65536]; 16];
    for i in 0..16 { let other = all; all = other; }
    all[0][0]
}
const COPIED = copies();
//~ E0206 the compiler has to know this value, and it is too much to compute
program p(pkt) on xdp otherwise pass { }
