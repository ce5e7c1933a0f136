//! From IR to instructions: selection, register allocation, emission.
//!
//! [`compile`] makes eBPF. It selects instructions over virtual registers ([`Target`] decides how
//! packet bytes are read), lets `regalloc2` place them, and lays the blocks out.
//!
//! [`Target`]: nbpfc_kernel::Target

mod code;
mod error;
mod range;
mod plan;
mod reversed;
mod ebpf;

pub use code::Code;
pub use ebpf::compile;
pub use error::Error;
