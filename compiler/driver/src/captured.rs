//! What attached programs write down of each packet, and how it is read.

/// The ring buffer, or the perf event array, with records of packets.
pub const PACKETS: &str = "packets";

/// A packet as an attached program saw it.
///
/// In a record: the time in a `u64`, then a `u32` each for the length on the wire, the bytes that
/// follow, whether there is a tag, the tag and its protocol in network order, the packet's type;
/// four bytes of nothing; and the bytes. What follows them is not the packet's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Captured<'a> {
    /// `CLOCK_MONOTONIC`, in nanoseconds.
    pub time: u64,
    /// Its length on the wire, in bytes, without a tag beside it.
    pub length: u32,
    /// The VLAN tag that the kernel keeps beside the packet: its Ethernet type and its TCI.
    pub tag: Option<(u16, u16)>,
    /// `PACKET_HOST` 0 … `PACKET_OUTGOING` 4, see packet(7); 0 where the hook does not tell.
    pub packet_type: u32,
    /// Its first bytes.
    pub data: &'a [u8],
}

/// Where the members are in a record.
pub(crate) mod at {
    pub(crate) const TIME: u32 = 0;
    pub(crate) const LENGTH: u32 = 8;
    pub(crate) const CAPTURED: u32 = 12;
    pub(crate) const TAGGED: u32 = 16;
    pub(crate) const TAG: u32 = 20;
    pub(crate) const TAG_PROTOCOL: u32 = 24;
    pub(crate) const PACKET_TYPE: u32 = 28;
    pub(crate) const DATA: u32 = 32;
}

impl<'a> Captured<'a> {
    /// Reads a record; `None` if it is none of ours.
    pub fn parse(record: &'a [u8]) -> Option<Self> {
        let (head, rest) = record.split_at_checked(at::DATA as usize)?;
        let word = |offset: u32| {
            let bytes = head.get(offset as usize..)?.first_chunk()?;
            Some(u32::from_ne_bytes(*bytes))
        };
        let tag = (word(at::TAG_PROTOCOL)?, word(at::TAG)?);
        let tag = (u16::from_be(tag.0 as u16), tag.1 as u16);
        Some(Self {
            time: u64::from_ne_bytes(*head.get(at::TIME as usize..)?.first_chunk()?),
            length: word(at::LENGTH)?,
            tag: (word(at::TAGGED)? != 0).then_some(tag),
            packet_type: word(at::PACKET_TYPE)?,
            data: rest.get(..word(at::CAPTURED)? as usize)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Captured;

    fn record(words: [u32; 6], data: &[u8]) -> Vec<u8> {
        let head = words.map(u32::to_ne_bytes).concat();
        [&77_u64.to_ne_bytes()[..], &head, data].concat()
    }

    #[test]
    fn what_a_program_wrote_is_read() {
        let tagged = record([1500, 3, 1, 0x2005, u32::from(0x88a8_u16.to_be()), 4], b"abc ");
        let expected = Captured {
            time: 77,
            length: 1500,
            tag: Some((0x88a8, 0x2005)),
            packet_type: 4,
            data: b"abc",
        };
        assert_eq!(Captured::parse(&tagged), Some(expected));
        let untagged = record([60, 0, 0, 7, 7, 0], b"");
        assert_eq!(Captured::parse(&untagged).map(|packet| packet.tag), Some(None));
    }

    #[test]
    fn what_is_too_short_is_no_record() {
        let whole = record([60, 4, 0, 0, 0, 0], b"abcd");
        for length in 0..whole.len() {
            assert_eq!(Captured::parse(&whole[..length]), None);
        }
        assert!(Captured::parse(&whole).is_some());
    }
}
