//! The context's members, as a hook has them, and where the emulator takes their values from.

use nbpfc_kernel::{Access, Context, Hook, Layer, ProgramType, SK_BUFF};

use crate::packet::Packet;

/// Words of the longest context, `struct __sk_buff`.
pub(crate) const WORDS: usize = SK_BUFF.size as usize / 4;

/// What stands at four bytes of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Nothing that can be read.
    Absent,
    /// A number of 32 bits.
    Number(Source),
    /// Half of a number of 64 bits that is always 0.
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
    PacketType,
    Interface,
    Protocol,
}

/// A context by words.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) words: [Word; WORDS],
    /// Whether members can be read in part; XDP's cannot.
    pub(crate) narrow: bool,
    layer: Layer,
}

impl Layout {
    pub(crate) fn new(hook: &Hook) -> Self {
        let direct = matches!(hook.access, Access::Direct { .. });
        let mut words = [Word::Absent; WORDS];
        for field in hook.context.fields {
            let word = match field.name {
                "data" | "data_meta" if direct => Word::Data,
                "data_end" if direct => Word::DataEnd,
                // Pointers to what is not emulated.
                "data" | "data_meta" | "data_end" | "flow_keys" | "sk" => Word::Absent,
                "len" | "wire_len" => Word::Number(Source::Length),
                "pkt_type" => Word::Number(Source::PacketType),
                "ifindex" | "ingress_ifindex" => Word::Number(Source::Interface),
                "protocol" => Word::Number(Source::Protocol),
                _ if field.size == 8 => Word::Zero64,
                _ => Word::Number(Source::Zero),
            };
            let first = usize::from(field.offset / 4);
            let count = usize::from(field.size.div_ceil(4)) * usize::from(field.count);
            if let Some(words) = words.get_mut(first..first + count) {
                words.fill(word);
            }
        }
        Self { words, narrow: hook.program_type != ProgramType::Xdp, layer: hook.layer }
    }

    /// The number in a word, for one packet.
    pub(crate) fn number(&self, source: Source, packet: &Packet<'_>) -> u32 {
        match source {
            Source::Zero => 0,
            Source::Length => packet.length,
            Source::PacketType => packet.packet_type,
            Source::Interface => packet.interface,
            Source::Protocol => u32::from(self.protocol(packet.data)),
        }
    }

    /// `skb->protocol`: the packet's `EtherType`, in network byte order.
    fn protocol(&self, data: &[u8]) -> u16 {
        match (self.layer, data) {
            (Layer::Link, [_, _, _, _, _, _, _, _, _, _, _, _, high, low, ..]) => {
                u16::from_ne_bytes([*high, *low])
            }
            (Layer::Network, [first, ..]) if first >> 4 == 4 => 0x0800_u16.to_be(),
            (Layer::Network, [first, ..]) if first >> 4 == 6 => 0x86dd_u16.to_be(),
            _ => 0,
        }
    }
}

/// Whether `LD_ABS` and `LD_IND` exist for a type of program.
pub(crate) fn has_packet_loads(program_type: ProgramType) -> bool {
    matches!(program_type, ProgramType::SocketFilter | ProgramType::SchedCls)
}

/// Whether the context is an skb, which has its own helpers.
pub(crate) fn is_skb(context: &Context) -> bool {
    context.name == SK_BUFF.name
}
