// What the kernel tells and does: its helpers under the language's names.

extern fn time() -> u64 from "ktime_get_ns";            // nanoseconds since boot, without sleep
extern fn boot_time() -> u64 from "ktime_get_boot_ns";  // the same, with sleep
extern fn random() -> u32 from "get_prandom_u32";
extern fn cpu() -> u32 from "get_smp_processor_id";
