//# array.index
//> ethernet / ipv4(ttl=2, dscp=1) / tcp => drop
//> ethernet / ipv4(ttl=0) / tcp => pass
//> ethernet / ipv4(ttl=3) / tcp => pass
struct Cell { hits: u64, seen: bool, name: [u8; 2] }
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let mut cells = [Cell(name = [0; 2]); 4];
    let at = ip.ttl & 3;
    cells[at].hits += 5;
    cells[at].seen = true;
    cells[at % 4].name[ip.dscp & 1] = u8(7);
    cells[(at + 1) % 4].hits -= 1;
    let mut grid = [[u32(0); 3]; 3];
    for i in 0..3 { for j in 0..3 { grid[i][j] = i * 3 + j; } }
    let mut sum = 0;
    for i in 0..3 { sum += grid[i][(2 - i) % 3]; }
    let mut bits = [false; 3];
    bits[at % 3] = true;
    if sum == 12 && cells[2].hits == 5 && cells[2].seen && cells[3].hits == 0xffff_ffff_ffff_ffff {
        if cells[2].name[0] == 0 && cells[2].name[1] == 7 && !cells[1].seen && bits[2] && !bits[0] {
            return drop;
        }
    }
}
