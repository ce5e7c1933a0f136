//! What a filter's meaning depends on besides its text.

use nbpfc_source::FileId;

use super::link::LinkType;

/// Where the netmask is had from.
const NETMASK: &str = "give the network's: `--netmask 255.255.255.0`; attached to an interface, the filter has that one's";

/// The circumstances under which a filter runs.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The file that the filter's spans are in; diagnostics name it.
    pub file: FileId,
    /// What packets begin with.
    pub link_type: LinkType,
    /// What the program returns for a packet that matches.
    pub accept: u32,
    /// What it returns for every other packet.
    pub reject: u32,
    /// The IPv4 netmask of the network, for `ip broadcast`; 255.255.255.255 counts as unknown.
    pub netmask: Option<u32>,
    /// What to do where it is not known: a line of help.
    pub netmask_help: &'static str,
    /// The packets come from this machine's kernel, not from a file: the direction and the
    /// interface are at hand, and address families have this machine's numbers.
    pub live: bool,
    /// The kernel may have taken the outermost VLAN tag out of the packet, and tells it
    /// ([`Field::VlanPresent`](nbpfc_kernel::Field::VlanPresent)).
    pub tag_beside: bool,
    /// Protocols and ports are looked for behind IPv6 extension headers too, and `tcp[…]` in IPv6.
    pub strict_ipv6: bool,
    /// What sets and long lists become.
    pub sets: Sets,
}

/// What sets become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sets {
    /// Constant tables, where they are better than comparisons.
    Tables,
    /// Comparisons, however many: for programs that are code alone.
    Code,
}

impl Options {
    /// Whether the program may have constant tables.
    pub(super) fn tables(&self) -> bool {
        self.sets == Sets::Tables
    }
}

impl Options {
    /// A filter over packets of a file, with the return values that libpcap gives by default.
    pub const fn new(file: FileId, link_type: LinkType) -> Self {
        Self {
            file,
            link_type,
            accept: 262_144,
            reject: 0,
            netmask: None,
            netmask_help: NETMASK,
            live: false,
            tag_beside: false,
            strict_ipv6: false,
            sets: Sets::Tables,
        }
    }
}
