//# map.limits map.used name.length
// Great values, and names that the kernel cuts to the same. A program may use 64 maps: these are not so many.
//> ethernet / ipv4 / tcp => pass
//> ethernet / ipv4 / tcp => drop

struct Row { all: [u64; 4096] }
map rows_of_each_processor: percpu_array<Row>(max_entries = 2);
map rows_of_each_packet: array<Row>(max_entries = 2);
var packets_of_any_kind: u64;
var packets_of_any_size: u64 = 1;

program limits_of_all_maps(pkt) on xdp otherwise pass {
    let row = rows_of_each_processor[1]?;
    row.all[4095] += 1;
    rows_of_each_packet[1]?.all[4095] += 2;
    packets_of_any_kind += 1;
    packets_of_any_size += 1;
    if packets_of_any_size == 3 && rows_of_each_packet[1]?.all[4095] == 4 { return drop; }
}
