//! Facts about a packet that are not among its bytes: length, direction, interface.

use nbpfc_ir::{Compare, Field, Width};
use nbpfc_source::Code;

use super::condition::Condition;
use super::context::{Context, Fault, Lowered};
use super::link::Direction;
use super::numbers::PACKET_OUTGOING;

impl Context<'_> {
    /// `less`, `greater`: the length on the wire.
    pub(super) fn length(&mut self, compare: Compare, bytes: u32) -> Condition {
        self.meta(Field::Length, compare, bytes)
    }

    /// `inbound`, `outbound`.
    pub(super) fn inbound_or_outbound(&mut self, out: bool) -> Lowered {
        // What is not sent by this machine is inbound.
        let sent = if out { Compare::Eq } else { Compare::Ne };
        match self.link.row().direction {
            Direction::Field { at, width, inbound, outbound } => {
                let (mask, value) = if out { outbound } else { inbound };
                Ok(self.bits(self.in_link_header(at), field_width(width), mask, value))
            }
            Direction::PacketType { at, width } => {
                let place = self.in_link_header(at);
                Ok(self.field(place, field_width(width), sent, PACKET_OUTGOING))
            }
            Direction::Kernel => {
                self.needs_live(if out { "outbound" } else { "inbound" })?;
                Ok(self.meta(Field::PacketType, sent, PACKET_OUTGOING))
            }
        }
    }

    /// `ifindex`.
    pub(super) fn interface_index(&mut self, index: u32) -> Lowered {
        if let Some(at) = self.link.row().interface {
            return Ok(self.equals(self.in_link_header(at), Width::W4, index));
        }
        self.needs_live("ifindex")?;
        Ok(self.meta(Field::InterfaceIndex, Compare::Eq, index))
    }

    fn needs_live(&self, word: &str) -> Result<(), Fault> {
        if self.options.live {
            return Ok(());
        }
        let message = format!("{word} cannot be told from a packet of link type {}", self.link);
        Err(self
            .error(Code::NotOnLinkType, message)
            .label("only the kernel knows")
            .help("capture on `any`: files of link type LINUX_SLL2 keep direction and interface")
            .into())
    }
}

fn field_width(bytes: u32) -> Width {
    if bytes == 1 { Width::W1 } else { Width::W2 }
}
