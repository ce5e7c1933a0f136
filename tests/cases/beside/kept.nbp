// What programs of another module keep here, and are set by.
param scale: u32 = 4;
var seen: u32;
struct Event { value: u32 }
map counts: hash<u32, Event>(max_entries = 8);
map events: ringbuf<Event>(4KiB);
map ports: devmap(max_entries = 4);
const GREETING = "hello";
