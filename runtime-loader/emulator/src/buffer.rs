//! The packet of a run: as it came until a program changes it, then a copy of its own.

use nbpfc_kernel::ether_type;

use crate::packet::Packet;

/// Bytes before a packet that programs may use (`XDP_PACKET_HEADROOM` without the
/// `struct xdp_frame` that the kernel keeps there).
const HEADROOM: usize = 216;
/// Bytes that a link-layer header takes; packets are not made shorter than that.
const LINK: usize = 14;
/// How long a packet of XDP may grow (`net/core/filter.c`: a page without what is around it).
const MOST_XDP: usize = 4096 - 256 - 320;
/// The same of an skb (`BPF_SKB_MAX_LEN`, `SKB_MAX_ALLOC`).
const MOST_SKB: usize = 16 << 10;

/// The packet as a program left it so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    /// Where in `bytes` the packet begins, once they are its own.
    start: usize,
    is_own: bool,
    /// How often pointers into it have become no good.
    moves: u64,
    /// A program has pushed or popped a VLAN tag, and `tag` is the one beside the packet now.
    is_tagged_anew: bool,
    tag: Option<Tag>,
    /// What the kernel takes the packet for, where a program has changed that.
    protocol: Option<u16>,
    /// `skb->encapsulation`: a program has put a tunnel around it.
    is_tunnelled: bool,
}

/// A VLAN tag beside a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Its `EtherType`.
    pub(crate) protocol: u16,
    /// Priority, drop eligible indicator, number.
    pub(crate) control: u16,
}

impl Buffer {
    /// For the next packet.
    pub(crate) fn reset(&mut self) {
        self.is_own = false;
        self.moves = 0;
        self.is_tagged_anew = false;
        self.protocol = None;
        self.is_tunnelled = false;
    }

    /// The VLAN tag beside the packet.
    pub(crate) fn tag(&self, packet: &Packet<'_>) -> Option<Tag> {
        let came = packet.tag.map(|control| Tag { protocol: ether_type::VLAN, control });
        if self.is_tagged_anew { self.tag } else { came }
    }

    /// Puts a tag beside the packet, or takes it away.
    pub(crate) fn set_tag(&mut self, tag: Option<Tag>) {
        self.is_tagged_anew = true;
        self.tag = tag;
    }

    /// `skb->protocol`, of which `came` is what it was when the packet came; in the machine's order.
    pub(crate) fn protocol(&self, came: u16) -> u16 {
        self.protocol.unwrap_or(came)
    }

    /// Changes what the kernel takes the packet for.
    pub(crate) fn set_protocol(&mut self, protocol: u16) {
        self.protocol = Some(protocol);
    }

    /// Whether a program has put a tunnel around it.
    pub(crate) fn is_tunnelled(&self) -> bool {
        self.is_tunnelled
    }

    /// There is a tunnel around it from here on, whatever is taken away.
    pub(crate) fn set_tunnelled(&mut self) {
        self.is_tunnelled = true;
    }

    /// How often it moved.
    pub(crate) fn moves(&self) -> u64 {
        self.moves
    }

    /// Pointers into it are no good any more.
    pub(crate) fn invalidate(&mut self) {
        self.moves += 1;
    }

    /// The packet's bytes.
    pub(crate) fn bytes<'a>(&'a self, packet: &Packet<'a>) -> &'a [u8] {
        if self.is_own { self.bytes.get(self.start..).unwrap_or_default() } else { packet.data }
    }

    /// The packet's bytes, if a program changed them.
    pub(crate) fn changed(&self) -> Option<&[u8]> {
        self.is_own.then(|| self.bytes.get(self.start..).unwrap_or_default())
    }

    /// The packet's bytes, to be changed.
    pub(crate) fn bytes_mut(&mut self, packet: &Packet<'_>) -> &mut [u8] {
        self.own(packet);
        self.bytes.get_mut(self.start..).unwrap_or_default()
    }

    fn own(&mut self, packet: &Packet<'_>) {
        if !self.is_own {
            self.is_own = true;
            self.start = HEADROOM;
            self.bytes.clear();
            self.bytes.resize(HEADROOM, 0);
            self.bytes.extend_from_slice(packet.data);
        }
    }

    /// The length on the wire: as much longer or shorter as the packet became.
    pub(crate) fn length(&self, packet: &Packet<'_>) -> u32 {
        let change = self.bytes(packet).len() as i64 - packet.data.len() as i64;
        (i64::from(packet.length) + change) as u32
    }

    /// Takes bytes off the front, or uses those before it; whether there was room.
    pub(crate) fn adjust_head(&mut self, packet: &Packet<'_>, delta: i32) -> bool {
        self.own(packet);
        let start = self.start as i64 + i64::from(delta);
        let Ok(start) = usize::try_from(start) else { return false };
        if start + LINK > self.bytes.len() {
            return false;
        }
        self.start = start;
        true
    }

    /// Takes bytes off the end, or adds zeros; whether that may be.
    pub(crate) fn adjust_tail(&mut self, packet: &Packet<'_>, delta: i32) -> bool {
        let length = self.bytes(packet).len() as i64 + i64::from(delta);
        match usize::try_from(length) {
            Ok(length) if (LINK..=MOST_XDP).contains(&length) => {
                self.resize(packet, length);
                true
            }
            _ => false,
        }
    }

    /// Makes it so long, with zeros at the end; whether that may be.
    pub(crate) fn change_tail(&mut self, packet: &Packet<'_>, length: u32, least: usize) -> bool {
        let may = (least..=MOST_SKB).contains(&(length as usize));
        if may {
            self.resize(packet, length as usize);
        }
        may
    }

    fn resize(&mut self, packet: &Packet<'_>, length: usize) {
        self.own(packet);
        self.bytes.resize(self.start + length, 0);
    }

    /// Puts so many zeros in at a place, or takes bytes away there.
    pub(crate) fn insert(&mut self, packet: &Packet<'_>, at: usize, count: i32) {
        self.own(packet);
        let at = (self.start + at).min(self.bytes.len());
        let size = count.unsigned_abs() as usize;
        if count < 0 {
            let end = (at + size).min(self.bytes.len());
            self.bytes.drain(at..end);
        } else {
            self.bytes.splice(at..at, std::iter::repeat_n(0, size));
        }
    }
}
