//! Facts about a packet that are not among its bytes: length, direction, interface.

use nbpfc_ir::{Compare, Field, Width};
use nbpfc_source::Code;

use super::condition::Condition;
use super::context::{Context, Fault, Lowered};
use super::link::LinkType;
use super::numbers::PACKET_OUTGOING;

impl Context<'_> {
    /// `less`, `greater`: the length on the wire.
    pub(super) fn length(&mut self, compare: Compare, bytes: u32) -> Condition {
        self.meta(Field::Length, compare, bytes)
    }

    /// `inbound`, `outbound`. What is not sent by this machine is inbound.
    pub(super) fn direction(&mut self, compare: Compare, word: &str) -> Lowered {
        match self.link {
            LinkType::LinuxSll => {
                Ok(self.field(self.in_link_header(0), Width::W2, compare, PACKET_OUTGOING))
            }
            LinkType::LinuxSll2 => {
                Ok(self.field(self.in_link_header(10), Width::W1, compare, PACKET_OUTGOING))
            }
            _ => {
                self.needs_live(word)?;
                Ok(self.meta(Field::PacketType, compare, PACKET_OUTGOING))
            }
        }
    }

    /// `ifindex`.
    pub(super) fn interface_index(&mut self, index: u32) -> Lowered {
        if self.link == LinkType::LinuxSll2 {
            return Ok(self.equals(self.in_link_header(4), Width::W4, index));
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
