const PORTS: set<u16>= { 80, 443 };
var all: list<list<u16>>= 5;
map begins: array<u8>(max_entries = 4) = [1, 2];
map named: array<u8>(max_entries = 4) = POWERS;
const WAY = if 1 < 2 { 3 } else { 4 };
const KIND = match 5 { 1 => 2, _ => 3 };
fn first<K, V>(from: map<K, V>, key: K) -> V? { from[key] }
extern map held<V>(max_entries: u32) {
fn get(index: u32) -> V? from "map_lookup_elem";
} from "array";
fn is(a: u32) -> bool { a >= 5 && a >> 1 >= 2 }
