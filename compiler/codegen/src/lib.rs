//! From IR to instructions: selection, register allocation, emission.
//!
//! [`compile`] makes eBPF. It selects instructions over virtual registers ([`Target`] decides how
//! packet bytes are read), lets `regalloc2` place them, and lays the blocks out. [`compile_cbpf`]
//! makes classic BPF from the same functions.
//!
//! [`Target`]: nbpfc_kernel::Target

mod code;
mod error;
mod epoch;
mod plan;
mod reversed;
#[cfg(test)]
mod testing;
mod ebpf;
mod cbpf;
#[cfg(test)]
mod golden;

pub use cbpf::{ClassicInsn, compile_cbpf};
pub use code::{Code, MapReference, Relocation};
pub use ebpf::compile;
pub use error::Error;
