//! Programs attached in network namespaces of the tests' own, with real packets.

mod cgroup;
mod clsact;
mod killed;
mod route;
mod socket;
mod support;
mod tcx;
mod xdp;
