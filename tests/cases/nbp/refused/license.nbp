//# kernel.helper
license "MIT";
map events: perf_event_array<u32>();
map ring: ringbuf<u32>(4KiB);
map later: percpu_array<u32>(max_entries = 1);
map filter: bloom_filter<u32>(max_entries = 1);
//~ E0401 `bloom_filter` needs Linux 5.16
program p(pkt) on xdp otherwise pass {
    emit 5 to events;
//~ E0401 `output` is for programs under the GPL only
    emit 5 to ring;
    later.of_cpu(0, 1)? += 1;
//~ E0401 `of_cpu` needs Linux 5.19
}
