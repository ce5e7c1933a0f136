//! Objects into the kernel by raw system calls; the only crate with unsafe code.
//!
//! [`Program::load`] hands instructions to the kernel's verifier and [`Program::test_run`] runs
//! what it accepted on one packet. Every handle closes its file descriptor when dropped. A
//! refusal is an [`Error`] with the kernel's code, the verifier's log and what to do about it.

mod errno;
mod sys;

mod attach_error;
mod error;
mod file;
mod statistics;

mod cpu;
mod clock;

mod btf;
mod map;
mod ring_buffer;
mod perf_buffer;
mod program;
mod run;
mod table;
mod typed;

pub mod probe;

mod netlink;
mod interface;

mod sanitise;
mod kernel_types;
mod config;
mod object;

pub mod bpffs;

mod place;
mod prefix;
mod attach_record;
mod link;
mod plan;

mod attach;

pub mod signals;

#[cfg(feature = "native")]
pub mod native;

pub use attach::{
    Attached, CgroupOptions, ClsactOptions, DispatcherVersion, Order, PacketSocket,
    PacketStatistics, RouteOptions, SharedOptions, Sharing, TcxOptions, XdpMode, XdpOptions, query,
};
pub use attach_error::AttachError;
pub use attach_record::AttachRecord;
pub use btf::{Btf, BtfDescription};
pub use clock::Clock;
pub use config::KernelConfig;
pub use cpu::possible as possible_processors;
pub use errno::Errno;
pub use error::Error;
pub use interface::Interface;
pub use kernel_types::KernelTypes;
pub use link::{Link, Means};
pub use map::{Entries, Entry, Map, MapInfo, MapOptions, MapTypes};
pub use object::{Collection, Loaded, MapPlan, Opened, ProgramPlan, Variable, load_object};
pub use perf_buffer::{PerfBuffer, PerfRecord};
pub use plan::Plan;
pub use prefix::Prefix;
pub use program::{BtfInfo, LoadOptions, Program, ProgramInfo};
pub use ring_buffer::{Record, RingBuffer};
pub use run::{Counting, TestRun, TestRunOptions, count_runs};
pub use statistics::Statistics;
pub use sys::namespace::own_network;
pub use sys::processor::OneProcessor;
pub use table::Table;
pub use typed::{Plain, Typed};

#[cfg(test)]
mod tests;
