//! Programs run offline on packets, by two engines.
//!
//! [`Machine`] takes the kernel's bytecode as it is and gives it the context, packet access and
//! helpers of a hook. The checked interpreter knows where every pointer points and refuses what
//! the kernel's verifier would refuse on that path; it counts and traces.

mod error;
mod packet;
mod buffer;
mod surroundings;
mod global;

mod maps;

mod context;

mod program;

mod checked;
mod native;

mod host;

mod machine;

pub use checked::Shown;
pub use error::{Error, ErrorKind, Fault, FaultKind, Memory};
pub use global::Global;
pub use host::{Given, Host, Place, Returned};
pub use machine::{BUDGET, Engine, Executed, Machine};
pub use maps::{Map, MapSpec};
pub use packet::Packet;
pub use surroundings::{Sent, Socket, Surroundings};

#[cfg(test)]
mod tests;
