// Names that are longer than the kernel keeps, sections with names of their own, several licences'
// worth of data: what is not the usual case but is what clang writes.
#include "bpf.h"
LICENSE("Dual BSD/GPL");

u32 in_a_section_of_its_own SEC(".data.mine") = 5;
const volatile u32 constant_of_its_own SEC(".rodata.mine") = 6;

struct {
    __uint(type, ARRAY);
    __uint(max_entries, 2);
    __type(key, u32);
    __type(value, u32);
} a_map_with_a_name_of_more_than_fifteen_letters SEC(".maps");

struct {
    __uint(type, 4); // PERF_EVENT_ARRAY
    __uint(key_size, 4);
    __uint(value_size, 4);
} one_for_each_processor SEC(".maps");
static long (*perf_event_output)(void *, void *, u64, void *, u64) = (void *)25;

SEC("tc") int a_program_with_a_name_of_more_than_fifteen_letters(struct __sk_buff *skb)
{
    u32 key = 1, *value = map_lookup(&a_map_with_a_name_of_more_than_fifteen_letters, &key);
    if (!value)
        return -1;
    *value = in_a_section_of_its_own++ + constant_of_its_own;
    perf_event_output(skb, &one_for_each_processor, 0xffffffffull, value, sizeof(*value));
    // A table that the compiler makes.
    switch (skb->len & 7) {
    case 0: return 90;
    case 1: return 17;
    case 2: return 33;
    case 3: return 8;
    case 4: return 51;
    case 5: return 77;
    }
    return *value;
}
