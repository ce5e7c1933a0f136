//! Objects into the kernel by raw system calls; the only crate with unsafe code.
