//! Protocols behind an IEEE 802.2 header, with and without SNAP, and that header itself.

use nbpfc_ir::{Compare, Width};

use super::condition::Condition;
use super::context::{Context, Fault, Lowered};
use super::link::LlcHeader;
use super::numbers::{LENGTH_MAX, cooked, ether_type, sap};
use crate::tree::LlcTest;

/// The organisation codes of SNAP headers.
const SNAP_ETHERNET: u32 = 0x00_0000;
const SNAP_APPLE: u32 = 0x08_0007;

/// Offset of the protocol in a SNAP header, from the LLC header on.
const SNAP_PROTOCOL: u32 = 6;

/// Control field of an unnumbered information frame.
const UNNUMBERED_INFORMATION: u8 = 0x03;

/// What Novell's framing without an LLC header has in place of the service access points.
const NOVELL: u32 = 0xffff;

impl Context<'_> {
    /// An `EtherType`, or a length and then an LLC header.
    pub(super) fn ethernet_protocol(&mut self, protocol: u32) -> Lowered {
        Ok(match protocol {
            sap::OSI | sap::IP | sap::NETBEUI => {
                let length = self.is_length();
                let saps = self.both_saps(protocol);
                self.conditions.and(length, saps)
            }
            sap::IPX => {
                let ether_type = self.equals(self.in_type_field(0), Width::W2, ether_type::IPX);
                let length = self.is_length();
                let snap = self.snap(SNAP_ETHERNET, ether_type::IPX);
                let dsap = self.equals(self.in_llc(0), Width::W1, sap::IPX);
                let raw = self.equals(self.in_llc(0), Width::W2, NOVELL);
                let llc = self.conditions.any([snap, dsap, raw]);
                let llc = self.conditions.and(length, llc);
                self.conditions.or(ether_type, llc)
            }
            ether_type::APPLETALK | ether_type::AARP => {
                let ether_type = self.equals(self.in_type_field(0), Width::W2, protocol);
                let length = self.is_length();
                let snap = self.appletalk_snap(protocol);
                let snap = self.conditions.and(length, snap);
                self.conditions.or(ether_type, snap)
            }
            0..=LENGTH_MAX => {
                self.is_dsap(protocol)?;
                let length = self.is_length();
                let dsap = self.equals(self.in_type_field(2), Width::W1, protocol);
                self.conditions.and(length, dsap)
            }
            _ => self.ether_type(protocol)?,
        })
    }

    /// As on Ethernet, but special values stand in for lengths.
    pub(super) fn cooked_protocol(&mut self, protocol: u32) -> Lowered {
        let type_field = self.in_type_field(0);
        Ok(match protocol {
            sap::OSI | sap::IP | sap::NETBEUI => {
                let llc = self.equals(type_field, Width::W2, cooked::IEEE_802_2);
                let saps = self.both_saps(protocol);
                self.conditions.and(llc, saps)
            }
            sap::IPX => {
                let ether_type = self.equals(type_field, Width::W2, ether_type::IPX);
                let raw = self.equals(type_field, Width::W2, cooked::IEEE_802_3);
                let llc = self.equals(type_field, Width::W2, cooked::IEEE_802_2);
                let dsap = self.equals(self.in_llc(0), Width::W1, sap::IPX);
                let snap = self.snap(SNAP_ETHERNET, ether_type::IPX);
                let dsap = self.conditions.or(dsap, snap);
                let llc = self.conditions.and(llc, dsap);
                self.conditions.any([ether_type, raw, llc])
            }
            ether_type::APPLETALK | ether_type::AARP => {
                let ether_type = self.equals(type_field, Width::W2, protocol);
                let llc = self.equals(type_field, Width::W2, cooked::IEEE_802_2);
                let snap = self.appletalk_snap(protocol);
                let snap = self.conditions.and(llc, snap);
                self.conditions.or(ether_type, snap)
            }
            0..=LENGTH_MAX => {
                self.is_dsap(protocol)?;
                let llc = self.equals(type_field, Width::W2, cooked::IEEE_802_2);
                let dsap = self.equals(self.in_llc(0), Width::W1, protocol);
                self.conditions.and(llc, dsap)
            }
            _ => self.ether_type(protocol)?,
        })
    }

    /// Always an LLC header. Of a SNAP header, only the protocol is looked at, except for
    /// `AppleTalk`.
    pub(super) fn llc_protocol(&mut self, protocol: u32) -> Lowered {
        Ok(match protocol {
            sap::OSI | sap::IP | sap::NETBEUI => self.both_saps(protocol),
            ether_type::APPLETALK => self.appletalk_snap(protocol),
            0..=LENGTH_MAX => {
                self.is_dsap(protocol)?;
                self.equals(self.in_llc(0), Width::W1, protocol)
            }
            _ => {
                self.is_ether_type(protocol)?;
                self.equals(self.in_llc(SNAP_PROTOCOL), Width::W2, protocol)
            }
        })
    }

    /// The type field, which holds an `EtherType`.
    pub(super) fn ether_type(&mut self, protocol: u32) -> Lowered {
        self.is_ether_type(protocol)?;
        Ok(self.equals(self.in_type_field(0), Width::W2, protocol))
    }

    fn is_ether_type(&self, number: u32) -> Result<(), Fault> {
        self.at_most("EtherType", number, u32::from(u16::MAX))
    }

    /// Checks a number up to [`LENGTH_MAX`].
    fn is_dsap(&self, number: u32) -> Result<(), Fault> {
        self.at_most("LLC DSAP", number, u32::from(u8::MAX)).map_err(|fault| {
            let note = "numbers up to 1500 are LLC service access points, greater ones EtherTypes";
            fault.note(note).into()
        })
    }

    fn is_length(&mut self) -> Condition {
        self.field(self.in_type_field(0), Width::W2, Compare::Le, LENGTH_MAX)
    }

    /// Both service access points of the LLC header.
    fn both_saps(&mut self, sap: u32) -> Condition {
        self.equals(self.in_llc(0), Width::W2, sap << 8 | sap)
    }

    fn appletalk_snap(&mut self, protocol: u32) -> Condition {
        let apple = protocol == ether_type::APPLETALK;
        self.snap(if apple { SNAP_APPLE } else { SNAP_ETHERNET }, protocol)
    }

    /// An LLC header with a SNAP header.
    fn snap(&mut self, organisation: u32, protocol: u32) -> Condition {
        let [_, o0, o1, o2] = organisation.to_be_bytes();
        let [_, _, p0, p1] = protocol.to_be_bytes();
        let header = [sap::SNAP, sap::SNAP, UNNUMBERED_INFORMATION, o0, o1, o2, p0, p1];
        self.bytes(Self::in_llc, 0, &header)
    }

    /// `llc`, with or without the kind of frame.
    pub(super) fn llc(&mut self, test: LlcTest) -> Lowered {
        let header = match self.link.row().llc {
            LlcHeader::None => return Err(self.not_on_link_type("an LLC header").into()),
            LlcHeader::Always => self.constant(true),
            LlcHeader::IfWlanData => self.is_wlan_data(),
            LlcHeader::IfAtm => self.is_atm_llc(),
            LlcHeader::IfLength => {
                let length = self.is_length();
                let header = self.field(self.in_llc(0), Width::W2, Compare::Ne, NOVELL);
                self.conditions.and(length, header)
            }
        };
        let (mask, value) = match test {
            LlcTest::Any => return Ok(header),
            LlcTest::I => (0x01, 0x00),
            LlcTest::S => (0x03, 0x01),
            LlcTest::U => (0x03, 0x03),
            LlcTest::Supervisory(kind) => (0x0f, u32::from(kind) | 0x01),
            LlcTest::Unnumbered(kind) => (0xef, u32::from(kind)),
        };
        let kind = self.bits(self.in_llc(2), Width::W1, mask, value);
        Ok(self.conditions.and(header, kind))
    }
}
