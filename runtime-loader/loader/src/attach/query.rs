//! What is attached where, whoever did it.

pub use super::cgroup::attached as cgroup;
pub use super::clsact::attached as clsact;
pub use super::tcx::attached as tcx;
pub use super::xdp::attached as xdp;
