//! What a program is run on.

use nbpfc_kernel::Helper;

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
    /// What helpers answer about it that do not answer as usual ([`Packet::answer`]), by their numbers.
    pub answers: &'a [(i32, u64)],
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
            answers: &[],
            context: &[],
        }
    }

    /// What a helper answers about it; `None` if that is more than a number that somebody may say.
    pub fn answer(&self, helper: &Helper) -> Option<u64> {
        let usual = helper.usual()?;
        let said = self.answers.iter().find(|(other, _)| *other == helper.id);
        Some(said.map_or(usual, |(_, answer)| *answer))
    }
}
