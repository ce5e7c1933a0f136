//! Which protocol the link layer carries.
//!
//! Numbers up to 1500 are LLC service access points, greater ones are
//! `EtherType`s, whatever the link type writes in its own type field.

use nbpfc_ir::{Compare, Width};
use nbpfc_source::Code;

use super::condition::{Condition, IpVersion};
use super::context::{Carrier, Context, Lowered};
use super::link::TypeField;
use super::numbers::{arcnet, ether_type, nlpid, ppp, sap};

/// `AF_INET`: 2 on every system that captures with an address family.
const FAMILY_IPV4: u32 = 2;
/// `AF_INET6` of Linux.
const FAMILY_IPV6_LINUX: u32 = 10;
/// `AF_INET6` of NetBSD and OpenBSD, FreeBSD, and Darwin.
const FAMILIES_IPV6: [u32; 3] = [24, 28, 30];
/// `AF_INET6` of Solaris.
const FAMILY_IPV6_SOLARIS: u32 = 26;

/// What Cisco HDLC has for the OSI network layer.
const HDLC_OSI: u32 = sap::OSI << 8 | sap::OSI;

/// Frame relay: the control field of unnumbered information, behind a two-byte address.
const FRAME_RELAY_CONTROL: u32 = 2;
const FRAME_RELAY_INFORMATION: u32 = 0x03;

/// What Juniper's captures begin with.
const JUNIPER_MAGIC: u32 = 0x4d47_4300;
const JUNIPER_MAGIC_BITS: u32 = 0xffff_ff00;

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
            TypeField::Ethernet => {
                let data = match self.carrier {
                    Carrier::Lane => self.has_frame(),
                    _ => self.constant(true),
                };
                let carried = self.ethernet_protocol(protocol)?;
                Ok(self.conditions.and(data, carried))
            }
            TypeField::Cooked => self.cooked_protocol(protocol),
            TypeField::EtherType => self.ether_type(protocol),
            TypeField::Llc => self.llc_protocol(protocol),
            TypeField::WlanData => {
                let data = self.is_wlan_data();
                let carried = self.llc_protocol(protocol)?;
                Ok(self.conditions.and(data, carried))
            }
            TypeField::AtmLlc => {
                let llc = self.is_atm_llc();
                let carried = self.llc_protocol(protocol)?;
                Ok(self.conditions.and(llc, carried))
            }
            TypeField::Version => Ok(match protocol {
                ether_type::IPV4 => self.version_nibble(IpVersion::V4),
                ether_type::IPV6 => self.version_nibble(IpVersion::V6),
                _ => self.constant(false),
            }),
            TypeField::Always(only) => Ok(self.constant(protocol == only)),
            TypeField::HostFamily | TypeField::Family | TypeField::ByteFamily => {
                Ok(self.family(protocol))
            }
            TypeField::SolarisFamily => Ok(match protocol {
                ether_type::IPV4 => self.type_byte(FAMILY_IPV4),
                ether_type::IPV6 => self.type_byte(FAMILY_IPV6_SOLARIS),
                _ => self.constant(false),
            }),
            TypeField::Ppp => self.ppp_protocol(protocol),
            TypeField::PppCompressed => {
                let plain = self.ppp_protocol(protocol)?;
                if protocol != ether_type::IPV4 {
                    return Ok(plain);
                }
                let [compressed, uncompressed] = [ppp::COMPRESSED_TCP, ppp::UNCOMPRESSED_TCP]
                    .map(|number| self.equals(self.in_type_field(0), Width::W2, number));
                Ok(self.conditions.any([plain, compressed, uncompressed]))
            }
            TypeField::Hdlc => {
                self.at_most("HDLC protocol", protocol, u32::from(u16::MAX))?;
                let number = if protocol == sap::OSI { HDLC_OSI } else { protocol };
                Ok(self.equals(self.in_type_field(0), Width::W2, number))
            }
            TypeField::FrameRelay => Ok(match protocol {
                ether_type::IPV4 => self.frame_relay(nlpid::IPV4),
                ether_type::IPV6 => self.frame_relay(nlpid::IPV6),
                sap::OSI => {
                    let osi = [nlpid::CLNP, nlpid::ESIS, nlpid::ISIS];
                    let any = osi.map(|number| self.frame_relay(number));
                    self.conditions.any(any)
                }
                _ => self.constant(false),
            }),
            TypeField::Arcnet => Ok(match protocol {
                ether_type::IPV6 => self.type_byte(arcnet::IPV6),
                ether_type::IPV4 => self.type_byte(arcnet::IPV4),
                ether_type::ARP => self.type_byte(arcnet::ARP),
                ether_type::RARP => self.type_byte(arcnet::RARP),
                ether_type::APPLETALK => self.type_byte(arcnet::APPLETALK),
                _ => self.constant(false),
            }),
            TypeField::Juniper => {
                let place = self.in_link_header(0);
                Ok(self.bits(place, Width::W4, JUNIPER_MAGIC_BITS, JUNIPER_MAGIC))
            }
            TypeField::Unknown => Err(self.not_on_link_type("a protocol field").into()),
        }
    }

    /// The type field is one byte and has a value.
    fn type_byte(&mut self, value: u32) -> Condition {
        self.equals(self.in_type_field(0), Width::W1, value)
    }

    /// Frame relay carries unnumbered information of this network layer protocol.
    pub(super) fn frame_relay(&mut self, nlpid: u32) -> Condition {
        let place = self.in_link_header(FRAME_RELAY_CONTROL);
        self.equals(place, Width::W2, FRAME_RELAY_INFORMATION << 8 | nlpid)
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

    fn family(&mut self, protocol: u32) -> Condition {
        let families: &[u32] = match (protocol, self.options.live) {
            (ether_type::IPV4, _) => &[FAMILY_IPV4],
            (ether_type::IPV6, true) => &[FAMILY_IPV6_LINUX],
            (ether_type::IPV6, false) => &FAMILIES_IPV6,
            _ => return self.constant(false),
        };
        let row = self.link.row();
        let host_order = row.types == TypeField::HostFamily;
        let width = if row.types == TypeField::ByteFamily { Width::W1 } else { Width::W4 };
        let mut found = self.constant(false);
        for family in families {
            let place = self.in_link_header(row.type_at);
            // A file does not say which byte order its packets' writer had. This machine's is
            // little-endian: the programs of this compiler run nowhere else.
            if host_order {
                let swapped = self.equals(place, width, family.swap_bytes());
                found = self.conditions.or(found, swapped);
            }
            if !host_order || !self.options.live {
                let plain = self.equals(place, width, *family);
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
}
