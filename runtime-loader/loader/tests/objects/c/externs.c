// What the kernel defines: settings, functions, variables, each also as it is not there.
#include "bpf.h"
LICENSE("GPL");

enum tristate { TRI_NO, TRI_YES, TRI_MODULE };

extern int LINUX_KERNEL_VERSION KCONFIG;
extern unsigned int CONFIG_HZ KCONFIG;
extern enum tristate CONFIG_BPF_JIT KCONFIG;
extern bool CONFIG_SMP KCONFIG;
extern char CONFIG_DEFAULT_HOSTNAME[16] KCONFIG;
extern bool CONFIG_OF_NO_KERNEL KCONFIG WEAK;

extern const void schedule KSYM;
extern const void symbol_of_no_kernel KSYM WEAK;
// A variable that each processor has.
extern const int bpf_prog_active KSYM WEAK;
extern const int variable_of_no_kernel KSYM WEAK;

struct task_struct;
extern struct task_struct *bpf_task_from_pid(s32 pid) KSYM;
extern void bpf_task_release(struct task_struct *task) KSYM;
extern void function_of_no_kernel(struct task_struct *task) KSYM WEAK;

struct result {
    u32 version, hz, jit, smp, missing;
    char host[16];
    u64 schedule, nothing, typed, no_variable, no_function;
    u32 found;
} out;

SEC("raw_tp/sys_enter") int look(u64 *args)
{
    out.version = LINUX_KERNEL_VERSION;
    out.hz = CONFIG_HZ;
    out.jit = CONFIG_BPF_JIT;
    out.smp = CONFIG_SMP;
    out.missing = CONFIG_OF_NO_KERNEL;
    for (int i = 0; i < 16; i++)
        out.host[i] = CONFIG_DEFAULT_HOSTNAME[i];
    out.schedule = (u64)&schedule;
    out.nothing = (u64)&symbol_of_no_kernel;
    if (&bpf_prog_active)
        out.typed = 1 + *(const int *)this_cpu_ptr(&bpf_prog_active);
    out.no_variable = &variable_of_no_kernel != 0;
    out.no_function = function_of_no_kernel != 0;
    return 0;
}

SEC("tp_btf/sys_enter") int find(u64 *args)
{
    struct task_struct *task = bpf_task_from_pid(get_current_pid_tgid() >> 32);
    if (!task)
        return 0;
    out.found++;
    if (function_of_no_kernel)
        function_of_no_kernel(task);
    bpf_task_release(task);
    return 0;
}
