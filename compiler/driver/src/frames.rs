//! Frames of captures as a hook sees them: what stands in front of its layer is taken off.

use std::ops::Range;

use nbpfc_capture::LinkType;
use nbpfc_kernel::ether_type::{IPV4, IPV6, VLAN, VLAN_SERVICE, VLAN_STACKED};
use nbpfc_kernel::{Layer, packet_type};

/// How the frames of a capture are given to the programs of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frames {
    front: Front,
}

/// What stands in front of what the hook sees, and where it says what that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Front {
    /// Nothing.
    None,
    /// Nothing, and it begins with an Ethernet header.
    Frame,
    /// An Ethernet header, and VLAN tags.
    Ethernet,
    /// A header of Linux's "any" device.
    Cooked(Cooked),
}

/// Where in a header of Linux's "any" device that is what is asked for, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cooked {
    length: usize,
    ether_type: usize,
    /// The last byte of the type that the packet has, see packet(7).
    packet_type: usize,
}

/// `LINKTYPE_LINUX_SLL`
const SLL: Cooked = Cooked { length: 16, ether_type: 14, packet_type: 1 };
/// `LINKTYPE_LINUX_SLL2`
const SLL2: Cooked = Cooked { length: 20, ether_type: 0, packet_type: 10 };

/// `ETH_HLEN` without the type.
const ADDRESSES: usize = 12;
/// Ethernet types of VLAN tags.
const TAGS: [u16; 3] = [VLAN, VLAN_SERVICE, VLAN_STACKED];

impl Frames {
    /// Every frame as it is.
    pub const WHOLE: Self = Self { front: Front::None };

    /// For captures of a link type and hooks that see this layer; `None` if these frames never come to
    /// such a hook.
    pub fn new(link_type: LinkType, layer: Layer) -> Option<Self> {
        let front = match (layer, link_type) {
            (Layer::Link, LinkType::EN10MB) => Front::Frame,
            (Layer::Network, LinkType::RAW | LinkType::IPV4 | LinkType::IPV6) => Front::None,
            (Layer::Network, LinkType::EN10MB) => Front::Ethernet,
            (Layer::Network, LinkType::LINUX_SLL) => Front::Cooked(SLL),
            (Layer::Network, LinkType::LINUX_SLL2) => Front::Cooked(SLL2),
            _ => return None,
        };
        Some(Self { front })
    }

    /// Where in a frame's bytes that is what the hook sees; `None` if the frame never comes to it. Behind
    /// the end of an IP packet there is nothing: the kernel cuts off what the link layer padded
    /// (`ip_rcv_core`, `ip6_rcv_core`).
    pub fn seen(self, frame: &[u8]) -> Option<Range<usize>> {
        let start = match self.front {
            Front::None | Front::Frame => return Some(0..frame.len()),
            Front::Ethernet => {
                let mut at = ADDRESSES;
                while TAGS.contains(&word(frame, at)?) {
                    at += 4;
                }
                is_ip(word(frame, at)?).then_some(at + 2)?
            }
            Front::Cooked(at) => is_ip(word(frame, at.ether_type)?).then_some(at.length)?,
        };
        let packet = frame.get(start..)?;
        let said = match packet.first()? >> 4 {
            4 => word(packet, 2).map(usize::from),
            6 => {
                word(packet, 4).filter(|length| *length != 0).map(|length| 40 + usize::from(length))
            }
            _ => None,
        };
        let length = said.filter(|said| *said >= 20).unwrap_or(packet.len()).min(packet.len());
        Some(start..start + length)
    }

    /// Whose a frame is, as far as it says so.
    pub fn packet_type(self, frame: &[u8]) -> u32 {
        match self.front {
            Front::None => packet_type::HOST,
            Front::Frame | Front::Ethernet => packet_type::of_frame(frame),
            Front::Cooked(at) => {
                frame.get(at.packet_type).map_or(packet_type::HOST, |kind| (*kind).into())
            }
        }
    }

    /// A frame around what a program left of a packet, by the frame that it was in.
    pub fn around(self, frame: &[u8], seen: &Range<usize>, packet: &[u8]) -> Vec<u8> {
        let mut whole = frame.get(..seen.start).unwrap_or_default().to_vec();
        let at = match self.front {
            Front::None | Front::Frame => None,
            Front::Ethernet => whole.len().checked_sub(2),
            Front::Cooked(at) => Some(at.ether_type),
        };
        let kind = match packet.first().map(|first| first >> 4) {
            Some(4) => Some(IPV4),
            Some(6) => Some(IPV6),
            _ => None,
        };
        if let (Some(at), Some(kind)) = (at, kind)
            && let Some(place) = whole.get_mut(at..at + 2)
        {
            place.copy_from_slice(&kind.to_be_bytes());
        }
        whole.extend(packet);
        whole
    }
}

fn is_ip(kind: u16) -> bool {
    matches!(kind, IPV4 | IPV6)
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|word| u16::from_be_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::{Frames, Layer, LinkType};

    fn of_network(link_type: LinkType) -> Frames {
        Frames::new(link_type, Layer::Network).unwrap_or(Frames::WHOLE)
    }

    /// An IPv4 packet of 24 bytes.
    const PACKET: [u8; 24] =
        [0x45, 0, 0, 24, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4];

    #[test]
    fn what_follows_ethernet_and_its_tags_is_seen_without_padding() {
        for tags in [&[][..], &[0x81, 0, 0, 5], &[0x88, 0xa8, 0, 1, 0x81, 0, 0, 5]] {
            let front = [&[2; 12], tags, &[8, 0]].concat();
            let frame = [&front[..], &PACKET, &[0; 22]].concat();
            let seen = of_network(LinkType::EN10MB).seen(&frame);
            assert_eq!(seen, Some(front.len()..front.len() + 24));
        }
        // A capture that cut it short.
        let frame = [&[2; 12][..], &[8, 0], &PACKET[..10]].concat();
        assert_eq!(of_network(LinkType::EN10MB).seen(&frame), Some(14..24));
    }

    #[test]
    fn what_is_not_ip_does_not_come_there() {
        let frames = of_network(LinkType::EN10MB);
        let arp = [&[2; 12][..], &[8, 6], &[0; 28]].concat();
        for frame in [&arp[..], &arp[..13], &[2; 12], &[]] {
            assert_eq!(frames.seen(frame), None);
        }
    }

    #[test]
    fn a_frame_is_of_what_the_packet_became() {
        let frame = [&[2; 12][..], &[8, 0], &PACKET].concat();
        let frames = of_network(LinkType::EN10MB);
        let around = frames.around(&frame, &(14..38), &[0x60, 1, 2]);
        assert_eq!(around, [&[2; 12][..], &[0x86, 0xdd, 0x60, 1, 2]].concat());
        let cooked = [&[0, 0, 0, 1][..], &[0; 10], &[8, 0], &PACKET].concat();
        let frames = of_network(LinkType::LINUX_SLL);
        assert_eq!(frames.seen(&cooked), Some(16..40));
        let around = frames.around(&cooked, &(16..40), &[0x60]);
        assert_eq!(around[12..], [0, 0, 0x86, 0xdd, 0x60]);
    }

    #[test]
    fn frames_say_whose_they_are() {
        let frames = [LinkType::EN10MB, LinkType::LINUX_SLL, LinkType::LINUX_SLL2].map(of_network);
        let to = |address: [u8; 6]| [&address[..], &[2; 6], &[8, 0], &PACKET].concat();
        assert_eq!(frames[0].packet_type(&to([2, 0, 0, 0, 0, 1])), 0);
        assert_eq!(frames[0].packet_type(&to([0xff; 6])), 1);
        assert_eq!(frames[0].packet_type(&to([1, 0, 0x5e, 0, 0, 1])), 2);
        assert_eq!(frames[1].packet_type(&[&[0, 4, 0, 1][..], &[0; 10], &[8, 0]].concat()), 4);
        assert_eq!(frames[2].packet_type(&[&[8, 0][..], &[0; 8], &[3, 6]].concat()), 3);
        assert_eq!(Frames::WHOLE.packet_type(&to([0xff; 6])), 0);
    }

    #[test]
    fn hooks_of_the_link_layer_see_ethernet_alone() {
        let frames = Frames::new(LinkType::EN10MB, Layer::Link);
        assert_eq!(frames.and_then(|frames| frames.seen(&[1, 2, 3])), Some(0..3));
        for link_type in [LinkType::RAW, LinkType::LINUX_SLL, LinkType::PPI] {
            assert_eq!(Frames::new(link_type, Layer::Link), None);
        }
        assert_eq!(Frames::new(LinkType::PPI, Layer::Network), None);
    }
}
