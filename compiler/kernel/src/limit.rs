//! What the kernel limits programs to, whatever they are.

/// How many instructions a program may have, and how many the verifier looks at on all ways
/// together (`BPF_COMPLEXITY_LIMIT_INSNS`, `kernel/bpf/verifier.c`; since Linux 5.2).
pub const COMPLEXITY: usize = 1_000_000;

/// How many ways the verifier puts off at once (`BPF_COMPLEXITY_LIMIT_JMP_SEQ`, in the same file; since
/// Linux 5.2).
pub const PENDING: usize = 8192;

/// Bytes of stack that a function has (`MAX_BPF_STACK`, `include/linux/filter.h`); also the most bytes
/// that a map's key has.
pub const MAX_STACK: u32 = 512;

/// How many functions are active at once (`MAX_CALL_FRAMES`, `include/linux/bpf_verifier.h`).
pub const MAX_CALL_FRAMES: usize = 8;
