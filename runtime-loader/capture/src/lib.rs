//! pcap and pcapng captures, compressed or not, in and out.
//!
//! [`Reader`] takes any byte stream, finds out what it is, and lends one [`Packet`] at
//! a time out of its buffer. [`Writer`] writes packets as `tcpdump -w` does, byte for
//! byte; [`NgWriter`] writes pcapng, which also tells how many packets are missing. What
//! libpcap 1.10 accepts is accepted, with the same packets; what it refuses is refused,
//! after the same packets.
//!
//! ```no_run
//! # fn main() -> Result<(), nbpfc_capture::Error> {
//! use nbpfc_capture::{Reader, Writer};
//! let mut reader = Reader::new(std::io::stdin())?;
//! let mut writer = Writer::new(std::io::stdout(), reader.header())?;
//! while let Some(packet) = reader.next()? {
//!     writer.write(&packet)?;
//! }
//! writer.finish()?;
//! # Ok(())
//! # }
//! ```

mod link_type;
mod error;
mod packet;
mod order;
mod input;
mod pseudo_header;
mod classic;
mod fields;
mod interface;
mod ng;
mod reader;
mod writer;
mod ng_writer;

#[cfg(test)]
mod samples;

pub use error::{Error, Fault, Part};
pub use link_type::LinkType;
pub use ng_writer::{Direction, InterfaceDescription, InterfaceStatistics, NgWriter};
pub use packet::{Header, Packet, Precision};
pub use reader::Reader;
pub use writer::Writer;
