//! The context's members, as a hook has them, and where the emulator takes their values from.

use nbpfc_isa::Size;
use nbpfc_kernel::{Access, ContextField, Hook, Layer, ProgramType, SK_BUFF, ether_type};

use crate::packet::Packet;

/// Words of the longest context, `struct __sk_buff`.
pub(crate) const WORDS: usize = SK_BUFF.size as usize / 4;

/// Smaller numbers are lengths (`ETH_P_802_3_MIN`).
const LEAST_ETHER_TYPE: u16 = 0x0600;
/// What the kernel takes such frames for: `ETH_P_802_3` and `ETH_P_802_2`, see `eth_type_trans`.
const RAW_802_3: u16 = 1;
const LLC: u16 = 4;
/// The families of sockets, see socket(2).
const AF_INET: u32 = 2;
const AF_INET6: u32 = 10;

/// What stands at four bytes of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// Nothing that can be read.
    Absent,
    /// A number of 32 bits that can be read in part.
    Parts(Source),
    /// A number of 32 bits that is read whole.
    Whole(Source),
    /// A number of 8 bits that is always 0.
    Zero8,
    /// Half of a number of 64 bits that is always 0 and read whole.
    Zero64,
    /// The address of the packet's first byte, 64 bits for the program.
    Data,
    /// The address behind its last byte, 64 bits for the program.
    DataEnd,
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Zero,
    Length,
    /// What the length was when the packet came.
    CameLength,
    Family,
    TagProtocol,
    PacketType,
    Interface,
    Protocol,
    TagPresent,
    Tag,
}

/// What a load from the context reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    /// A number, from so many bytes on.
    Number(Source, usize),
    /// The address of the packet's first byte.
    Data,
    /// The address behind its last byte.
    DataEnd,
}

/// A context by words.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    words: [Word; WORDS],
    /// Where a member begins that programs may write, that.
    written: [Option<&'static ContextField>; WORDS],
    layer: Layer,
    writes_packet: bool,
    is_xdp: bool,
}

impl Layout {
    pub(crate) fn new(hook: &Hook) -> Self {
        let mut words = [Word::Absent; WORDS];
        for field in hook.context.fields {
            let first = usize::from(field.offset / 4);
            let count = usize::from(field.size.div_ceil(4)) * usize::from(field.count);
            if let Some(words) = words.get_mut(first..first + count) {
                words.fill(word(hook, field));
            }
        }
        let mut written = [None; WORDS];
        for field in hook.context.fields {
            if field.written.contains(&hook.program_type) {
                let step = usize::from(field.size / 4);
                for element in 0..usize::from(field.count) {
                    let word = usize::from(field.offset / 4) + element * step;
                    if let Some(place) = written.get_mut(word) {
                        *place = Some(field);
                    }
                }
            }
        }
        Self {
            words,
            written,
            layer: hook.layer,
            writes_packet: hook.store.is_some(),
            is_xdp: hook.program_type == ProgramType::Xdp,
        }
    }

    /// Whether the context is a `struct xdp_md`.
    pub(crate) fn is_xdp(&self) -> bool {
        self.is_xdp
    }

    /// Whether programs write packet bytes.
    pub(crate) fn writes_packet(&self) -> bool {
        self.writes_packet
    }

    /// Whether the packet begins with its network header.
    pub(crate) fn is_network(&self) -> bool {
        self.layer == Layer::Network
    }

    /// The member that begins where a store of `size` bytes at `offset` may write.
    pub(crate) fn written(&self, offset: i64, size: Size) -> Option<&'static ContextField> {
        let offset = usize::try_from(offset).ok().filter(|offset| offset % 4 == 0)?;
        (*self.written.get(offset / 4)?).filter(|field| field.size == size.bytes())
    }

    /// What a load of `size` bytes at `offset` reads, if it may.
    pub(crate) fn member(&self, offset: i64, size: Size) -> Option<Member> {
        let offset = usize::try_from(offset).ok()?;
        if offset % usize::from(size.bytes()) != 0 {
            return None;
        }
        let part = offset % 4;
        match (*self.words.get(offset / 4)?, size) {
            (Word::Data, Size::W) => Some(Member::Data),
            (Word::DataEnd, Size::W) => Some(Member::DataEnd),
            (Word::Zero64, Size::DW) => Some(Member::Number(Source::Zero, 0)),
            (Word::Zero8, Size::B) if part == 0 => Some(Member::Number(Source::Zero, 0)),
            (Word::Whole(source) | Word::Parts(source), Size::W)
            | (Word::Parts(source), Size::B | Size::H) => Some(Member::Number(source, part)),
            _ => None,
        }
    }

    /// A number, for one packet.
    pub(crate) fn number(&self, source: Source, packet: &Packet<'_>) -> u32 {
        match source {
            Source::Length | Source::CameLength => packet.length,
            Source::Family => match u16::from_be(self.protocol(packet.data)) {
                ether_type::IPV4 => AF_INET,
                ether_type::IPV6 => AF_INET6,
                _ => 0,
            },
            Source::TagProtocol if packet.tag.is_some() => ether_type::VLAN.to_be().into(),
            Source::Zero | Source::TagProtocol => 0,
            Source::PacketType => packet.packet_type,
            Source::Interface => packet.interface,
            Source::TagPresent => u32::from(packet.tag.is_some()),
            Source::Tag => u32::from(packet.tag.unwrap_or(0)),
            Source::Protocol => u32::from(self.protocol(packet.data)),
        }
    }

    /// `skb->protocol`: the packet's `EtherType`, in network byte order.
    pub(crate) fn protocol(&self, data: &[u8]) -> u16 {
        match (self.layer, data) {
            (Layer::Link, [_, _, _, _, _, _, _, _, _, _, _, _, high, low, ..]) => {
                match u16::from_be_bytes([*high, *low]) {
                    length if length < LEAST_ETHER_TYPE => {
                        let raw = data.get(14..16) == Some(&[0xff; 2]);
                        (if raw { RAW_802_3 } else { LLC }).to_be()
                    }
                    other => other.to_be(),
                }
            }
            (Layer::Network, [first, ..]) if first >> 4 == 4 => 0x0800_u16.to_be(),
            (Layer::Network, [first, ..]) if first >> 4 == 6 => ether_type::IPV6.to_be(),
            _ => 0,
        }
    }
}

/// How a hook's programs may read a member (`*_is_valid_access` of the kernel's
/// `net/core/filter.c`).
fn word(hook: &Hook, field: &ContextField) -> Word {
    let direct = matches!(hook.access, Access::Direct { .. });
    let is = |program_type| hook.program_type == program_type;
    let tc = is(ProgramType::SchedCls);
    let cgroup = is(ProgramType::CgroupSkb);
    if is(ProgramType::Xdp) {
        return match field.name {
            "data" | "data_meta" => Word::Data,
            "data_end" => Word::DataEnd,
            "ingress_ifindex" => Word::Whole(Source::Interface),
            // It is there for programs of a device map only.
            "egress_ifindex" => Word::Absent,
            _ => Word::Whole(Source::Zero),
        };
    }
    match field.name {
        "data" if direct => Word::Data,
        "data_end" if direct => Word::DataEnd,
        "data_meta" if tc => Word::Data,
        // Pointers to what is not emulated, and what other hooks have.
        "data" | "data_end" | "data_meta" | "flow_keys" | "sk" => Word::Absent,
        "tc_classid" | "wire_len" | "tstamp_type" if !tc => Word::Absent,
        "tstamp" | "hwtstamp" if !tc && !cgroup => Word::Absent,
        "family" | "remote_ip4" | "local_ip4" | "remote_ip6" | "local_ip6" | "remote_port"
        | "local_port"
            if !cgroup =>
        {
            Word::Absent
        }
        "remote_ip4" | "local_ip4" | "remote_ip6" | "local_ip6" => Word::Whole(Source::Zero),
        "len" => Word::Parts(Source::Length),
        "wire_len" => Word::Parts(Source::CameLength),
        "family" => Word::Parts(Source::Family),
        "vlan_proto" => Word::Parts(Source::TagProtocol),
        "pkt_type" => Word::Parts(Source::PacketType),
        "ifindex" | "ingress_ifindex" => Word::Parts(Source::Interface),
        "protocol" => Word::Parts(Source::Protocol),
        "vlan_present" => Word::Parts(Source::TagPresent),
        "vlan_tci" => Word::Parts(Source::Tag),
        _ if field.size == 8 => Word::Zero64,
        _ if field.size == 1 => Word::Zero8,
        _ => Word::Parts(Source::Zero),
    }
}

/// Whether `LD_ABS` and `LD_IND` exist for a type of program.
pub(crate) fn has_packet_loads(program_type: ProgramType) -> bool {
    matches!(program_type, ProgramType::SocketFilter | ProgramType::SchedCls)
}
