// CO-RE: the structures here are not as the kernel has them; members have other places.
#include "bpf.h"
LICENSE("GPL");

struct task_struct {
    int nothing_before[3];
    int tgid;
    int pid;
    struct task_struct *group_leader;
    char comm[16];
} FITTED;

// Another idea of the same structure, of which nothing is there.
struct task_struct___other {
    int member_of_no_kernel;
    u64 pid;
} FITTED;

struct structure_of_no_kernel {
    int x;
} FITTED;

// Two bit fields of the kernel's, in the wrong order and place.
struct iphdr {
    u8 version : 4, ihl : 4;
    u16 check;
    u8 ttl;
} FITTED;

enum bpf_map_type {
    BPF_MAP_TYPE_NONE = 77,
    BPF_MAP_TYPE_RINGBUF = 78,
};

struct result {
    u32 pid, tgid, leader_tgid, has_pid, has_nothing, has_type, has_no_type, offset, size, tgid_size;
    u32 ttl, has_value, value, has_no_value, task_id, own_id;
} out;

SEC("raw_tp/sys_enter") int look(u64 *args)
{
    struct task_struct *task = (void *)get_current_task();
    struct task_struct *leader;
    READ(out.pid, task->pid);
    READ(out.tgid, task->tgid);
    READ(leader, task->group_leader);
    READ(out.leader_tgid, leader->tgid);
    struct task_struct___other *other = (void *)task;
    out.has_pid = HAS_FIELD(task->pid);
    out.has_nothing = HAS_FIELD(other->member_of_no_kernel);
    out.has_type = HAS_TYPE(struct task_struct);
    out.has_no_type = HAS_TYPE(struct structure_of_no_kernel);
    out.offset = FIELD_OFFSET(task->pid);
    out.size = TYPE_SIZE(struct task_struct);
    out.tgid_size = FIELD_SIZE(task->tgid);
    struct iphdr *ip = 0;
    out.ttl = FIELD_OFFSET(ip->ttl);
    out.has_value = HAS_VALUE(enum bpf_map_type, BPF_MAP_TYPE_RINGBUF);
    out.value = VALUE(enum bpf_map_type, BPF_MAP_TYPE_RINGBUF);
    out.has_no_value = HAS_VALUE(enum bpf_map_type, BPF_MAP_TYPE_NONE);
    out.task_id = TYPE_ID_THERE(struct task_struct);
    out.own_id = TYPE_ID_HERE(struct result);
    // Never reached where it is not there.
    if (HAS_FIELD(other->member_of_no_kernel))
        READ(out.has_nothing, other->member_of_no_kernel);
    return 0;
}

// Members of other sizes: what is shorter here is read so, and zero above.
struct task_struct___wide {
    u64 flags;
    s64 tgid;
} FITTED;

u64 flags = ~0ull;

SEC("raw_tp/sys_enter") int widen(u64 *args)
{
    struct task_struct___wide *task = get_current_task_btf();
    flags = task->flags;
    return 0;
}

// A signed number would need its sign extended, which no load of another size does.
SEC("?raw_tp/sys_enter") int misread(u64 *args)
{
    struct task_struct___wide *task = get_current_task_btf();
    return task->tgid;
}

SEC("?raw_tp/sys_enter") int careless(u64 *args)
{
    struct task_struct___other *task = (void *)get_current_task();
    READ(out.has_nothing, task->member_of_no_kernel);
    return 0;
}
