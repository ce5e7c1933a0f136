// What the programs of these tests need of the kernel's interface: sections, map definitions,
// helpers, contexts. The numbers are those of include/uapi/linux/bpf.h.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef int s32;
#define bool _Bool

#define SEC(name) __attribute__((section(name), used))
#define NOINLINE __attribute__((noinline))
#define WEAK __attribute__((weak))
#define KSYM __attribute__((section(".ksyms")))
#define KCONFIG __attribute__((section(".kconfig")))
#define FITTED __attribute__((preserve_access_index))
#define LICENSE(name) char LICENSE_TEXT[] SEC("license") = name

#define __uint(name, value) int (*name)[value]
#define __type(name, value) typeof(value) *name
#define __array(name, value) typeof(value) *name[]

enum map_type {
    HASH = 1, ARRAY = 2, PROG_ARRAY = 3, PERCPU_ARRAY = 6, LRU_HASH = 9, ARRAY_OF_MAPS = 12,
    HASH_OF_MAPS = 13, RINGBUF = 27,
};
enum { BY_NAME = 1 };

static void *(*map_lookup)(void *, const void *) = (void *)1;
static long (*map_update)(void *, const void *, const void *, u64) = (void *)2;
static u64 (*ktime_get_ns)(void) = (void *)5;
static long (*tail_call)(void *, void *, u32) = (void *)12;
static u64 (*get_current_pid_tgid)(void) = (void *)14;
static u64 (*get_current_task)(void) = (void *)35;
static long (*spin_lock)(void *) = (void *)93;
static long (*spin_unlock)(void *) = (void *)94;
static long (*probe_read_kernel)(void *, u32, const void *) = (void *)113;
static long (*ringbuf_output)(void *, void *, u64, u64) = (void *)130;
static void *(*this_cpu_ptr)(const void *) = (void *)154;
static void *(*get_current_task_btf)(void) = (void *)158;
static long (*timer_init)(void *, void *, u64) = (void *)169;
static long (*timer_set_callback)(void *, void *) = (void *)170;
static long (*timer_start)(void *, u64, u64) = (void *)171;
static long (*loop)(u32, void *, void *, u64) = (void *)181;

// A member of a kernel structure, read wherever it is in this kernel.
#define READ(to, from) probe_read_kernel(&(to), sizeof(to), __builtin_preserve_access_index(&(from)))
#define HAS_FIELD(field) __builtin_preserve_field_info(field, 2)
#define FIELD_OFFSET(field) __builtin_preserve_field_info(field, 0)
#define FIELD_SIZE(field) __builtin_preserve_field_info(field, 1)
#define HAS_TYPE(type) __builtin_preserve_type_info(*(typeof(type) *)0, 0)
#define TYPE_SIZE(type) __builtin_preserve_type_info(*(typeof(type) *)0, 1)
#define TYPE_ID_HERE(type) __builtin_btf_type_id(*(typeof(type) *)0, 0)
#define TYPE_ID_THERE(type) __builtin_btf_type_id(*(typeof(type) *)0, 1)
#define HAS_VALUE(type, value) \
    __builtin_preserve_enum_value(*(typeof(type) *)value, 0)
#define VALUE(type, value) __builtin_preserve_enum_value(*(typeof(type) *)value, 1)

struct xdp_md {
    u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};
struct __sk_buff {
    u32 len, pkt_type, mark;
};
enum { DROP = 1, PASS = 2 };
