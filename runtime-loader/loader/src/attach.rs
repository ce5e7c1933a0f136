//! Where programs are attached: one file for each kind of place.

mod attached;
mod cgroup;
mod clsact;
mod order;
mod route;
mod socket;
mod tcx;
mod xdp;
mod dispatcher;

mod undo;

pub mod query;

pub use attached::Attached;
pub use cgroup::CgroupOptions;
pub use clsact::ClsactOptions;
pub use dispatcher::{DispatcherVersion, SharedOptions, Sharing};
pub use order::Order;
pub use route::RouteOptions;
pub use socket::{PacketSocket, PacketStatistics};
pub use tcx::TcxOptions;
pub use xdp::{XdpMode, XdpOptions};
