//! What a program is run on.

/// A packet as a hook sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The bytes that were captured, from the hook's layer on.
    pub data: &'a [u8],
    /// Length on the wire in bytes; more than `data` has if the capture cut it.
    pub length: u32,
    /// Index of the interface.
    pub interface: u32,
    /// `PACKET_HOST` 0 to `PACKET_OUTGOING` 4, see packet(7).
    pub packet_type: u32,
    /// The VLAN tag that the kernel keeps beside the packet, if there is one.
    pub tag: Option<u16>,
    /// Words of the context that are not what they usually are, by their offsets in bytes.
    pub context: &'a [(u16, u32)],
}

impl<'a> Packet<'a> {
    /// A whole packet for this host.
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            length: data.len() as u32,
            interface: 0,
            packet_type: 0,
            tag: None,
            context: &[],
        }
    }
}
