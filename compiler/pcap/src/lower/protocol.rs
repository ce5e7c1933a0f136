//! Which protocol the link layer carries.
//!
//! Numbers up to 1500 are LLC service access points, greater ones are
//! `EtherType`s, whatever the link type writes in its own type field.

use nbpfc_ir::{Compare, Width};
use nbpfc_source::Code;

use super::condition::{Condition, IpVersion};
use super::context::{Context, Fault, Lowered};
use super::link::{LinkType, TypeField};
use super::numbers::{LENGTH_MAX, cooked, ether_type, ppp, sap};
use crate::tree::LlcTest;

/// `AF_INET`: 2 on every system that captures with an address family.
const FAMILY_IPV4: u32 = 2;
/// `AF_INET6` of Linux.
const FAMILY_IPV6_LINUX: u32 = 10;
/// `AF_INET6` of NetBSD and OpenBSD, FreeBSD, and Darwin.
const FAMILIES_IPV6: [u32; 3] = [24, 28, 30];

/// The organisation codes of SNAP headers.
const SNAP_ETHERNET: u32 = 0x00_0000;
const SNAP_APPLE: u32 = 0x08_0007;

/// Control field of an unnumbered information frame.
const LLC_UI: u8 = 0x03;

impl Context<'_> {
    /// The payload is IP of this version.
    pub(super) fn ip(&mut self, version: IpVersion) -> Lowered {
        self.link_protocol(match version {
            IpVersion::V4 => ether_type::IPV4,
            IpVersion::V6 => ether_type::IPV6,
        })
    }

    /// The link layer's payload is of this protocol.
    pub(super) fn link_protocol(&mut self, protocol: u32) -> Lowered {
        if self.labels > 0 {
            return self.protocol_behind_labels(protocol);
        }
        match self.link.row().types {
            TypeField::Ethernet => self.ethernet_protocol(protocol),
            TypeField::Cooked => self.cooked_protocol(protocol),
            TypeField::EtherType => {
                self.at_most("EtherType", protocol, u32::from(u16::MAX))?;
                Ok(self.equals(self.in_type_field(0), Width::W2, protocol))
            }
            TypeField::Version => Ok(match protocol {
                ether_type::IPV4 => self.version_nibble(IpVersion::V4),
                ether_type::IPV6 => self.version_nibble(IpVersion::V6),
                _ => self.constant(false),
            }),
            TypeField::Always(only) => Ok(self.constant(protocol == only)),
            TypeField::HostFamily | TypeField::Family => Ok(self.family(protocol)),
            TypeField::Ppp => self.ppp_protocol(protocol),
            TypeField::Unknown => Err(self.not_on_link_type("a protocol field").into()),
        }
    }

    /// MPLS does not say what it carries: only IP can be told, by the bottom-of-stack bit and
    /// the version.
    fn protocol_behind_labels(&mut self, protocol: u32) -> Lowered {
        let version = match protocol {
            ether_type::IPV4 => 0x40,
            ether_type::IPV6 => 0x60,
            _ => {
                let message = "only ip and ip6 can be recognised behind an MPLS label";
                let error = self.error(Code::BadQualifier, message);
                let error = error.label("asks for another protocol");
                let help = "write this term to the left of `mpls`, or ask for IP protocols only";
                return Err(error.help(help).into());
            }
        };
        let bottom = self.bottom_of_stack();
        let version = self.bits(self.in_network(0), Width::W1, 0xf0, version);
        Ok(self.conditions.and(bottom, version))
    }

    /// The innermost label stack entry is the last.
    pub(super) fn bottom_of_stack(&mut self) -> Condition {
        self.field(self.in_label(2), Width::W1, Compare::Set, 1)
    }

    fn version_nibble(&mut self, version: IpVersion) -> Condition {
        let version = if version == IpVersion::V4 { 0x40 } else { 0x60 };
        self.bits(self.in_link_header(0), Width::W1, 0xf0, version)
    }

    /// Checks a number below [`LENGTH_MAX`].
    fn is_dsap(&self, number: u32) -> Result<(), Fault> {
        self.at_most("LLC DSAP", number, u32::from(u8::MAX)).map_err(|fault| {
            let note = "numbers up to 1500 are LLC service access points, greater ones EtherTypes";
            fault.note(note).into()
        })
    }

    fn is_length(&mut self) -> Condition {
        self.field(self.in_type_field(0), Width::W2, Compare::Le, LENGTH_MAX)
    }

    fn ethernet_protocol(&mut self, protocol: u32) -> Lowered {
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
                // Novell's own framing has no LLC header: the IPX checksum, always 0xffff, is there.
                let raw = self.equals(self.in_llc(0), Width::W2, 0xffff);
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
            _ => {
                self.at_most("EtherType", protocol, u32::from(u16::MAX))?;
                self.equals(self.in_type_field(0), Width::W2, protocol)
            }
        })
    }

    fn cooked_protocol(&mut self, protocol: u32) -> Lowered {
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
            _ => {
                self.at_most("EtherType", protocol, u32::from(u16::MAX))?;
                self.equals(type_field, Width::W2, protocol)
            }
        })
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
        let high = self.equals(self.in_llc(4), Width::W4, u32::from_be_bytes([o1, o2, p0, p1]));
        let low = u32::from_be_bytes([sap::SNAP, sap::SNAP, LLC_UI, o0]);
        let low = self.equals(self.in_llc(0), Width::W4, low);
        self.conditions.and(high, low)
    }

    fn family(&mut self, protocol: u32) -> Condition {
        let families: &[u32] = match (protocol, self.options.live) {
            (ether_type::IPV4, _) => &[FAMILY_IPV4],
            (ether_type::IPV6, true) => &[FAMILY_IPV6_LINUX],
            (ether_type::IPV6, false) => &FAMILIES_IPV6,
            _ => return self.constant(false),
        };
        let host_order = self.link.row().types == TypeField::HostFamily;
        let mut found = self.constant(false);
        for family in families {
            let place = self.in_link_header(0);
            // A file does not say which byte order its packets' writer had. This machine's is
            // little-endian: the programs of this compiler run nowhere else.
            if host_order {
                let swapped = self.equals(place, Width::W4, family.swap_bytes());
                found = self.conditions.or(found, swapped);
            }
            if !host_order || !self.options.live {
                let plain = self.equals(place, Width::W4, *family);
                found = self.conditions.or(found, plain);
            }
        }
        found
    }

    fn ppp_protocol(&mut self, protocol: u32) -> Lowered {
        let number = match protocol {
            ether_type::IPV4 => ppp::IPV4,
            ether_type::IPV6 => ppp::IPV6,
            ether_type::DECNET => ppp::DECNET,
            ether_type::APPLETALK => ppp::APPLETALK,
            ether_type::XNS => ppp::XNS,
            sap::OSI => ppp::OSI,
            sap::SPANNING_TREE => ppp::BRIDGING,
            sap::IPX => ppp::IPX,
            own => own,
        };
        self.at_most("PPP protocol", number, u32::from(u16::MAX))?;
        Ok(self.equals(self.in_type_field(0), Width::W2, number))
    }

    /// `llc`, with or without the kind of frame.
    pub(super) fn llc(&mut self, test: LlcTest) -> Lowered {
        if self.link != LinkType::Ethernet {
            return Err(self.not_on_link_type("an LLC header").into());
        }
        let length = self.is_length();
        // 0xffff is Novell's framing without an LLC header.
        let header = self.field(self.in_llc(0), Width::W2, Compare::Ne, 0xffff);
        let llc = self.conditions.and(length, header);
        let control = self.in_llc(2);
        let (mask, value) = match test {
            LlcTest::Any => return Ok(llc),
            LlcTest::I => (0x01, 0x00),
            LlcTest::S => (0x03, 0x01),
            LlcTest::U => (0x03, 0x03),
            LlcTest::Supervisory(kind) => (0x0f, u32::from(kind) | 0x01),
            LlcTest::Unnumbered(kind) => (0xef, u32::from(kind)),
        };
        let kind = self.bits(control, Width::W1, mask, value);
        Ok(self.conditions.and(llc, kind))
    }
}
