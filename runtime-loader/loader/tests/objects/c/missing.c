// What no kernel defines, and what it defines otherwise.
#include "bpf.h"
LICENSE("GPL");

struct task_struct;
extern int function_of_no_kernel(int x) KSYM;
extern const int variable_of_no_kernel KSYM;
extern int CONFIG_OF_NO_KERNEL KCONFIG;
// It takes one parameter.
extern struct task_struct *bpf_task_acquire(struct task_struct *task, int more) KSYM;

SEC("tp_btf/sys_enter") int look(u64 *args)
{
    bpf_task_acquire(0, 1);
    return function_of_no_kernel(1) + variable_of_no_kernel + CONFIG_OF_NO_KERNEL;
}

// It names none of them; the settings are the object's.
SEC("?raw_tp/sys_enter") int quiet(u64 *args)
{
    return 0;
}
