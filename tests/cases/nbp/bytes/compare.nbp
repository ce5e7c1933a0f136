//# bytes.compare bytes.slice
// Texts of many lengths, at constant places and others.
//> ethernet / ipv4(ttl=5) / udp / "abcdefghijklmnopqrstuvwxyz" => drop
//> ethernet / ipv4(ttl=4) / udp / "abcdefghijklmnopqrstuvwxyz" => pass
//> ethernet / ipv4(ttl=5) / udp / "abcdefghijklmnopqrstuvwxy" => pass
//> ethernet / ipv4(ttl=5) / udp / "abcdefghijKlmnopqrstuvwxyz" => pass
//> ethernet / ipv4(ttl=5) / udp / "abcdefghijklmnopqrstuvwxyZ" => pass
program alphabet(pkt) on xdp otherwise pass {
    let i = pkt.ipv4?.ttl;
    let rest = pkt.udp?.payload;
    if rest[i..i + 3] != "fgh" || !rest[i + 1..].starts_with("ghijklmnopq") { return pass; }
    if rest[..1] != "a" || rest[1..3] != "bc" || rest[..][3..8] != "defgh" { return pass; }
    let part = rest[2..16];
    if part[4..] != "ghijklmnop" || part[2..9] != "efghijk" || part.len != 14 { return pass; }
    if part.starts_with("cdef!") || rest.starts_with("ab!") { return pass; }
    if rest[0..26] == "abcdefghijklmnopqrstuvwxyz" { return drop; }
}
