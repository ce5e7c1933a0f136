//! Where programs are attached: one file for each kind of place.

mod attached;
mod cgroup;
mod order;
mod socket;
mod tcx;
mod xdp;

pub mod query;

pub use attached::Attached;
pub use cgroup::CgroupOptions;
pub use order::Order;
pub use socket::{PacketSocket, PacketStatistics};
pub use tcx::TcxOptions;
pub use xdp::{XdpMode, XdpOptions};
