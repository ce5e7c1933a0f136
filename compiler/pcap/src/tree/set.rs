//! Questions whether a field is in a set, which libpcap does not have.

use super::{Dir, Network, Over, Transport};

/// `host in {192.0.2.1, 2001:db8::1}`, `tcp dst port in {80, 8000-8999}`: whether a field of the
/// packet is in a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetTest {
    /// Which end of the packet. Never one of 802.11's addresses.
    pub dir: Dir,
    /// What is asked for, and the set.
    pub members: Members,
}

/// A field of the packet and a set of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Members {
    /// IP addresses.
    Addresses {
        /// As in [`AddressTest`](super::AddressTest).
        over: Over,
        /// The networks that they are in; masks are prefixes.
        networks: Vec<Network>,
    },
    /// Ports.
    Ports {
        /// `None`: of TCP, UDP or SCTP.
        transport: Option<Transport>,
        /// First and last port of each range.
        ranges: Vec<(u16, u16)>,
    },
    /// Hardware addresses of the frame, in the order they are transmitted.
    Stations(Vec<[u8; 6]>),
}
