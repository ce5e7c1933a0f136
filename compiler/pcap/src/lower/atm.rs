//! ATM cells behind the pseudo-header of Solaris' `SunATM`.

use nbpfc_ir::Width;

use super::condition::{Condition, Offset};
use super::context::{Carrier, Context, Fault, Lowered};
use super::link::{LinkType, Signalling, Start};
use super::numbers::SUNATM_PAYLOAD;
use crate::tree::{AtmField, AtmWord, Comparison};

/// Offsets in the pseudo-header.
const TRAFFIC: u32 = 0;
const VPI: u32 = 1;
const VCI: u32 = 2;

/// The bits of the first byte that tell the traffic's type, and two types.
const TRAFFIC_TYPE: u32 = 0x0f;
const LANE: u32 = 0x01;
const LLC: u32 = 0x02;

/// Offset of a signalling message's type in the payload.
const MESSAGE_TYPE: u32 = 5;

/// LAN emulation puts two bytes before the frame.
const LANE_HEADER: u32 = 2;

/// Message types of ITU-T Q.2931: setup, call proceeding, connect, connect acknowledge, release,
/// release complete. Meta signalling has no acknowledgement.
const MESSAGES: [u32; 6] = [0x05, 0x02, 0x07, 0x0f, 0x4d, 0x5a];
const META_MESSAGES: [u32; 5] = [0x05, 0x02, 0x07, 0x4d, 0x5a];

/// Circuits with a fixed channel on path 0 (ITU-T I.361, ATM Forum UNI 3.1).
const META: u32 = 1;
const BROADCAST: u32 = 2;
const SEGMENT: u32 = 3;
const END_TO_END: u32 = 4;
const SIGNALLING: u32 = 5;
const ILMI: u32 = 16;

impl Context<'_> {
    /// `lane`, `oam`, `bcc`: a kind of cell.
    pub(super) fn atm(&mut self, word: AtmWord) -> Lowered {
        self.needs_atm()?;
        Ok(match word {
            AtmWord::Metac => self.circuit(&[META]),
            AtmWord::Bcc => self.circuit(&[BROADCAST]),
            AtmWord::Oamf4sc => self.circuit(&[SEGMENT]),
            AtmWord::Oamf4ec => self.circuit(&[END_TO_END]),
            AtmWord::Sc => self.circuit(&[SIGNALLING]),
            AtmWord::Ilmic => self.circuit(&[ILMI]),
            AtmWord::Oam | AtmWord::Oamf4 => self.circuit(&[SEGMENT, END_TO_END]),
            AtmWord::Connectmsg => self.messages(SIGNALLING, &MESSAGES),
            AtmWord::Metaconnect => self.messages(META, &META_MESSAGES),
            AtmWord::Lane => self.lane(),
        })
    }

    /// `vpi`, `vci`.
    pub(super) fn atm_field(&mut self, field: AtmField, values: &[Comparison]) -> Lowered {
        self.needs_atm()?;
        let (offset, width) = match field {
            AtmField::Vpi => (VPI, Width::W1),
            AtmField::Vci => (VCI, Width::W2),
        };
        let place = self.in_link_header(offset);
        Ok(self.any_comparison(values, |context, compare, value| {
            context.field(place, width, compare, value)
        }))
    }

    /// The cell carries an LLC header.
    pub(super) fn is_atm_llc(&mut self) -> Condition {
        self.bits(self.in_link_header(TRAFFIC), Width::W1, TRAFFIC_TYPE, LLC)
    }

    /// What follows in the text is about the Ethernet frame inside.
    fn lane(&mut self) -> Condition {
        let lane = self.bits(self.in_link_header(TRAFFIC), Width::W1, TRAFFIC_TYPE, LANE);
        let frame = Offset::constant(SUNATM_PAYLOAD + LANE_HEADER);
        let ethernet = LinkType::Ethernet.row();
        self.link = LinkType::Ethernet;
        self.link_header = frame;
        self.link_type = frame.plus(ethernet.type_at);
        if let Start::At(payload) = ethernet.payload {
            self.payload = frame.plus(payload);
        }
        self.network = ethernet.network;
        self.network_behind_llc = ethernet.network_behind_llc;
        self.carrier = Carrier::Lane;
        lane
    }

    /// Path 0, and one of some channels.
    fn circuit(&mut self, channels: &[u32]) -> Condition {
        let path = self.equals(self.in_link_header(VPI), Width::W1, 0);
        let mut any = self.constant(false);
        for channel in channels {
            let one = self.equals(self.in_link_header(VCI), Width::W2, *channel);
            any = self.conditions.or(any, one);
        }
        self.conditions.and(path, any)
    }

    fn messages(&mut self, channel: u32, types: &[u32]) -> Condition {
        let circuit = self.circuit(&[channel]);
        let mut any = self.constant(false);
        for kind in types {
            let place = self.in_link_header(SUNATM_PAYLOAD + MESSAGE_TYPE);
            let one = self.equals(place, Width::W1, *kind);
            any = self.conditions.or(any, one);
        }
        self.conditions.and(circuit, any)
    }

    fn needs_atm(&self) -> Result<(), Fault> {
        if self.link.row().signalling == Signalling::Atm {
            return Ok(());
        }
        Err(self.not_on_link_type("an ATM cell").into())
    }
}
