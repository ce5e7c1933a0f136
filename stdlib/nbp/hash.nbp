// Hashes and checksums: known to every program by name.

// A number turned left by so many bits, from 1 to 31.
fn rotate(x: u32, by: u32) -> u32 { x << by | x >> 32 - by }

struct Mixed { a: u32, b: u32, c: u32 }

// Three words into three, so that each bit of one changes all (Jenkins, lookup3: mix).
fn jenkins_mix(from: Mixed) -> Mixed {
    let mut s = from;
    s.a -= s.c; s.a ^= rotate(s.c, 4); s.c += s.b;
    s.b -= s.a; s.b ^= rotate(s.a, 6); s.a += s.c;
    s.c -= s.b; s.c ^= rotate(s.b, 8); s.b += s.a;
    s.a -= s.c; s.a ^= rotate(s.c, 16); s.c += s.b;
    s.b -= s.a; s.b ^= rotate(s.a, 19); s.a += s.c;
    s.c -= s.b; s.c ^= rotate(s.b, 4); s.b += s.a;
    s
}

// The last step of it (lookup3: final).
fn jenkins_final(from: Mixed) -> u32 {
    let mut s = from;
    s.c ^= s.b; s.c -= rotate(s.b, 14);
    s.a ^= s.c; s.a -= rotate(s.c, 11);
    s.b ^= s.a; s.b -= rotate(s.a, 25);
    s.c ^= s.b; s.c -= rotate(s.b, 16);
    s.a ^= s.c; s.a -= rotate(s.c, 4);
    s.b ^= s.a; s.b -= rotate(s.a, 14);
    s.c ^= s.b; s.c -= rotate(s.b, 24);
    s.c
}

// Jenkins' hash of a value, what the kernel's `jhash2` makes of its words: user space finds the same.
fn jhash<K>(key: K, seed: u32 = 0) -> u32 {
    let all = words(key);
    let start = 0xdeadbeef + all.len * 4 + seed;
    let mut s = Mixed(a = start, b = start, c = start);
    let mut at: u32 = 0;
    for word in all {
        if at % 3 == 0 && at > 0 { s = jenkins_mix(s); }
        match at % 3 {
            0 => { s.a += word; }
            1 => { s.b += word; }
            _ => { s.c += word; }
        }
        at += 1;
    }
    jenkins_final(s)
}

// A number scattered over all 32 bits: a few instructions, and no two numbers become one.
fn scatter(x: u32) -> u32 {
    let a = (x ^ x >> 16) * 0x85ebca6b;
    let b = (a ^ a >> 13) * 0xc2b2ae35;
    b ^ b >> 16
}

// A sum of 16-bit numbers with its carries added to it (RFC 1071).
fn fold_sum(sum: u64) -> u16 {
    let mut folded = sum;
    for i in 0..4 { folded = (folded & 0xffff) + (folded >> 16); }
    u16(folded)
}

// The checksum of TCP, UDP and the like over IPv4: of the first `length` bytes, and of what they are sent with.
// 0 of bytes that hold theirs. `transport_checksum(ip, tcp.bytes, ip.total_length - ip.ihl * 4)`
fn transport_checksum(ip: ipv4, of: bytes, length: u32) -> u16? {
    let src = u32(ip.src);
    let dst = u32(ip.dst);
    let addresses = u64(src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff);
    let sum = u16(~checksum(of, length)?);
    u16(~fold_sum(addresses + ip.protocol + length + sum))
}

// The internet checksum of the first `length` bytes (RFC 1071), as a header would hold it: 0 of bytes that
// hold theirs. Absent if they are not all there, or are more than 1536. `checksum(ip.bytes, ip.ihl * 4)`
fn checksum(of: bytes, length: u32) -> u16? {
    if length > 1536 { return none; }
    let mut sum: u64 = 0;
    // Counted down, so that behind the loop the verifier knows the same of it after each round.
    let mut left = length;
    for i in 0..192 {
        if left < 8 { break; }
        let eight = of.u64_at(i * 8)?;
        sum += (eight >> 32) + (eight & 0xffff_ffff);
        left -= 8;
    }
    if left & 4 != 0 { sum += of.u32_at(length & 0x7f8)?; }
    if left & 2 != 0 { sum += of.u16_at(length & 0x7fc)?; }
    if left & 1 != 0 { sum += u32(of.u8_at(length - 1)?) << 8; }
    u16(~fold_sum(sum))
}
