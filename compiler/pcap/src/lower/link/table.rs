//! The table of link types.

use super::super::numbers::{PFLOG, SUNATM_PAYLOAD, ether_type, ppp};
use super::{
    Direction, Ends, LlcHeader, NOWHERE, Prefix, Row, Signalling, Start, Stations, TypeField,
};

macro_rules! link_types {
    ($($(#[doc = $about:literal])* $name:ident = $row:expr;)*) => {
        /// What the packets of a capture, or of a hook, begin with.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum LinkType {
            $($(#[doc = $about])* $name,)*
            /// One of which this compiler knows nothing but its `LINKTYPE_` number. Its packets
            /// have a length and bytes.
            Other(u32),
        }

        impl LinkType {
            /// Those that have a name.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            pub(in super::super) const fn row(self) -> Row {
                match self {
                    $(Self::$name => $row,)*
                    Self::Other(number) => row("unknown", number, TypeField::Unknown, NOWHERE, NOWHERE),
                }
            }
        }
    };
}

/// A link type whose type field and payload are at fixed places, and that has nothing else.
const fn row(
    name: &'static str,
    number: u32,
    types: TypeField,
    type_at: u32,
    payload_at: u32,
) -> Row {
    Row {
        name,
        number,
        header: Start::At(0),
        types,
        type_at,
        payload: Start::At(payload_at),
        network: 0,
        network_behind_llc: 0,
        stations: Stations::None,
        llc: LlcHeader::None,
        tags: false,
        labels: None,
        direction: Direction::Kernel,
        interface: None,
        signalling: Signalling::None,
    }
}

/// Length of a SNAP header with the LLC header before it, and of an LLC header alone.
const SNAP: u32 = 8;
const LLC: u32 = 3;

/// A link type whose packets have an LLC header, which stands in for a type field.
const fn llc(name: &'static str, number: u32, llc_at: u32, header: LlcHeader) -> Row {
    Row {
        network: SNAP,
        network_behind_llc: LLC,
        llc: header,
        ..row(name, number, TypeField::Llc, llc_at, llc_at)
    }
}

/// An Ethernet frame that begins at an offset, with `extra` bytes before its type field.
const fn ethernet(name: &'static str, number: u32, at: u32, extra: u32) -> Row {
    Row {
        header: Start::At(at),
        network_behind_llc: LLC,
        stations: Stations::Six(Ends { source: 6, destination: 0 }),
        llc: LlcHeader::IfLength,
        tags: true,
        labels: Some(ether_type::MPLS),
        ..row(name, number, TypeField::Ethernet, at + 12 + extra, at + 14 + extra)
    }
}

/// An 802.11 frame.
const fn wlan(name: &'static str, number: u32, header: Start, tags: bool) -> Row {
    Row {
        header,
        types: TypeField::WlanData,
        payload: Start::Behind(Prefix::Wlan),
        stations: Stations::Wlan,
        tags,
        ..llc(name, number, 24, LlcHeader::IfWlanData)
    }
}

/// What a Juniper router captures.
const fn juniper(
    name: &'static str,
    number: u32,
    type_at: u32,
    payload_at: u32,
    network: [u32; 2],
) -> Row {
    Row {
        network: network[0],
        network_behind_llc: network[1],
        direction: Direction::Field { at: 3, width: 1, inbound: (1, 1), outbound: (1, 0) },
        ..row(name, number, TypeField::Juniper, type_at, payload_at)
    }
}

/// `ARCnet`: `at` is the offset of the system code.
const fn arcnet(name: &'static str, number: u32, at: u32) -> Row {
    Row {
        stations: Stations::One {
            at: Ends { source: 0, destination: 1 },
            broadcast: 0,
            multicast: Some(0),
        },
        ..row(name, number, TypeField::Arcnet, at, at + 4)
    }
}

/// SS7 signal units that begin at an offset.
const fn ss7(name: &'static str, number: u32, at: u32) -> Row {
    Row {
        signalling: Signalling::Ss7(at),
        ..row(name, number, TypeField::Unknown, NOWHERE, NOWHERE)
    }
}

const fn hdlc(name: &'static str, number: u32) -> Row {
    Row { labels: Some(ether_type::MPLS), ..row(name, number, TypeField::Hdlc, 2, 4) }
}

/// The direction in the first byte: 0 for what comes in, 1 for what goes out.
const FIRST_BYTE: Direction =
    Direction::Field { at: 0, width: 1, inbound: (u32::MAX, 0), outbound: (u32::MAX, 1) };

link_types! {
    /// Ethernet.
    Ethernet = ethernet("EN10MB", 1, 0, 0);
    /// IPv4 or IPv6 without a link header; the first nibble tells which.
    Raw = row("RAW", 101, TypeField::Version, NOWHERE, 0);
    /// IPv4 without a link header.
    Ipv4 = row("IPV4", 228, TypeField::Always(ether_type::IPV4), NOWHERE, 0);
    /// IPv6 without a link header.
    Ipv6 = row("IPV6", 229, TypeField::Always(ether_type::IPV6), NOWHERE, 0);
    /// Linux cooked capture, version 1: 16 bytes instead of the link header.
    LinuxSll = Row {
        direction: Direction::PacketType { at: 0, width: 2 },
        ..row("LINUX_SLL", 113, TypeField::Cooked, 14, 16)
    };
    /// Linux cooked capture, version 2: 20 bytes.
    LinuxSll2 = Row {
        direction: Direction::PacketType { at: 10, width: 1 },
        interface: Some(4),
        ..row("LINUX_SLL2", 276, TypeField::EtherType, 0, 20)
    };
    /// BSD loopback: a 4-byte address family, in the byte order of the machine that captured.
    Null = row("NULL", 0, TypeField::HostFamily, 0, 4);
    /// OpenBSD loopback: a 4-byte address family in network byte order.
    Loop = row("LOOP", 108, TypeField::Family, 0, 4);
    /// PPP in HDLC-like framing; also what `pppoes` steps into.
    Ppp = Row { labels: Some(ppp::MPLS), ..row("PPP", 9, TypeField::Ppp, 2, 4) };
    /// PPP as pppd writes it, with a direction byte.
    PppPppd = Row { direction: FIRST_BYTE, ..row("PPP_PPPD", 166, TypeField::Ppp, 2, 4) };
    /// PPP in HDLC-like framing, or Cisco HDLC, as NetBSD has it.
    PppSerial = row("PPP_SERIAL", 50, TypeField::Ppp, 2, 4);
    /// `PPPoE` session packets without an Ethernet header.
    PppEther = row("PPP_ETHER", 51, TypeField::Ppp, 6, 8);
    /// PPP with BSD/OS headers.
    PppBsdos = row("PPP_BSDOS", 103, TypeField::PppCompressed, 5, 24);
    /// SLIP, with 16 bytes in front whose first one is the direction.
    Slip = Row { direction: FIRST_BYTE, ..row("SLIP", 8, TypeField::Version, NOWHERE, 16) };
    /// SLIP with BSD/OS headers.
    SlipBsdos = row("SLIP_BSDOS", 102, TypeField::Version, NOWHERE, 24);
    /// Cisco HDLC.
    CHdlc = hdlc("C_HDLC", 104);
    /// Cisco HDLC, as NetBSD has it.
    Hdlc = hdlc("HDLC", 112);
    /// Frame relay.
    FrameRelay = row("FRELAY", 107, TypeField::FrameRelay, NOWHERE, 0);
    /// FDDI.
    Fddi = Row {
        stations: Stations::Six(Ends { source: 7, destination: 1 }),
        ..llc("FDDI", 10, 13, LlcHeader::Always)
    };
    /// IEEE 802.5 token ring.
    TokenRing = Row {
        stations: Stations::Six(Ends { source: 8, destination: 2 }),
        ..llc("IEEE802", 6, 14, LlcHeader::Always)
    };
    /// `ARCnet` with BSD headers.
    Arcnet = arcnet("ARCNET", 7, 2);
    /// `ARCnet` with Linux headers.
    ArcnetLinux = arcnet("ARCNET_LINUX", 129, 4);
    /// `BACnet` MS/TP.
    BacnetMsTp = Row {
        stations: Stations::One {
            at: Ends { source: 4, destination: 3 },
            broadcast: 0xff,
            multicast: None,
        },
        ..row("BACNET_MS_TP", 165, TypeField::Unknown, NOWHERE, NOWHERE)
    };
    /// IP over Fibre Channel, RFC 2625.
    IpOverFc = Row {
        stations: Stations::Six(Ends { source: 10, destination: 2 }),
        ..llc("IP_OVER_FC", 122, 16, LlcHeader::None)
    };
    /// IEEE 802.11.
    Wlan = wlan("IEEE802_11", 105, Start::At(0), true);
    /// IEEE 802.11 behind a Prism monitor header.
    WlanPrism = wlan("PRISM_HEADER", 119, Start::Behind(Prefix::Prism), true);
    /// IEEE 802.11 behind an AVS header.
    WlanAvs = wlan("IEEE802_11_RADIO_AVS", 163, Start::Behind(Prefix::Avs), true);
    /// IEEE 802.11 behind a radiotap header.
    WlanRadiotap = wlan("IEEE802_11_RADIO", 127, Start::Behind(Prefix::Radiotap), true);
    /// IEEE 802.11 behind a per-packet information header; packets with anything else behind it
    /// do not match.
    Ppi = wlan("PPI", 192, Start::Behind(Prefix::Ppi), false);
    /// OpenBSD packet filter log.
    Pflog = Row {
        payload: Start::Behind(Prefix::Pflog),
        direction: Direction::Field {
            at: PFLOG.direction,
            width: 1,
            inbound: (u32::MAX, 1),
            outbound: (u32::MAX, 2),
        },
        ..row("PFLOG", 117, TypeField::ByteFamily, PFLOG.family, 0)
    };
    /// OpenBSD's decrypted `IPsec` packets.
    Enc = row("ENC", 109, TypeField::HostFamily, 0, 12);
    /// Solaris ipnet.
    Ipnet = Row {
        network_behind_llc: NOWHERE,
        direction: Direction::Field {
            at: 2,
            width: 2,
            inbound: (u32::MAX, 2),
            outbound: (u32::MAX, 1),
        },
        ..row("IPNET", 226, TypeField::SolarisFamily, 1, 24)
    };
    /// Apple `LocalTalk`.
    LocalTalk = row("LTALK", 114, TypeField::Always(ether_type::APPLETALK), NOWHERE, 0);
    /// Apple IP over IEEE 1394.
    Ieee1394 = row("APPLE_IP_OVER_IEEE1394", 138, TypeField::EtherType, 16, 18);
    /// Symantec Enterprise Firewall.
    SymantecFirewall = row("SYMANTEC_FIREWALL", 99, TypeField::EtherType, 6, 44);
    /// LLC on ATM, RFC 1483.
    AtmRfc1483 = llc("ATM_RFC1483", 100, 0, LlcHeader::Always);
    /// Classical IP over ATM on Linux.
    AtmClip = llc("ATM_CLIP", 106, 0, LlcHeader::None);
    /// ATM with the pseudo-header of Solaris' `SunATM`.
    SunAtm = Row {
        types: TypeField::AtmLlc,
        signalling: Signalling::Atm,
        ..llc("SUNATM", 123, SUNATM_PAYLOAD, LlcHeader::IfAtm)
    };
    /// SS7 MTP2.
    Mtp2 = ss7("MTP2", 140, 0);
    /// SS7 MTP2 behind a pseudo-header.
    Mtp2Phdr = ss7("MTP2_WITH_PHDR", 139, 4);
    /// Endace ERF records, taken for records of SS7 MTP2.
    Erf = ss7("ERF", 197, 20);
    /// Ethernet with a Broadcom switch tag behind the addresses.
    DsaTagBrcm = Row {
        direction: Direction::Field { at: 12, width: 1, inbound: (0xe0, 0), outbound: (0xe0, 0x20) },
        ..ethernet("DSA_TAG_BRCM", 281, 0, 4)
    };
    /// Ethernet with a Marvell DSA tag behind the addresses.
    DsaTagDsa = Row {
        direction: Direction::Field { at: 12, width: 1, inbound: (0x40, 0), outbound: (0xc0, 0x40) },
        ..ethernet("DSA_TAG_DSA", 284, 0, 4)
    };
    /// Ethernet behind a Hilscher netANALYZER header.
    Netanalyzer = Row { llc: LlcHeader::None, ..ethernet("NETANALYZER", 240, 4, 0) };
    /// The same with preamble and start delimiter.
    NetanalyzerTransparent =
        Row { llc: LlcHeader::None, ..ethernet("NETANALYZER_TRANSPARENT", 241, 12, 0) };
    /// State synchronisation of OpenBSD's packet filter.
    Pfsync = row("PFSYNC", 246, TypeField::Unknown, NOWHERE, 4);
    /// Juniper multilink PPP.
    JuniperMlppp = juniper("JUNIPER_MLPPP", 130, 4, 4, [0, NOWHERE]);
    /// Juniper multilink frame relay.
    JuniperMlfr = juniper("JUNIPER_MLFR", 131, 4, 4, [0, NOWHERE]);
    /// Juniper encryption services.
    JuniperEs = juniper("JUNIPER_ES", 132, 6, NOWHERE, [NOWHERE; 2]);
    /// Juniper GGSN.
    JuniperGgsn = juniper("JUNIPER_GGSN", 133, 6, 12, [0, NOWHERE]);
    /// Juniper FRF.16 frame relay.
    JuniperMfr = juniper("JUNIPER_MFR", 134, 4, 4, [0, NOWHERE]);
    /// Juniper ATM2.
    JuniperAtm2 = juniper("JUNIPER_ATM2", 135, 8, 8, [0, 10]);
    /// Juniper advanced services.
    JuniperServices = juniper("JUNIPER_SERVICES", 136, 12, NOWHERE, [NOWHERE; 2]);
    /// Juniper ATM1.
    JuniperAtm1 = juniper("JUNIPER_ATM1", 137, 4, 4, [0, 10]);
    /// Juniper passive monitor.
    JuniperMonitor = juniper("JUNIPER_MONITOR", 164, 12, 12, [0, NOWHERE]);
    /// Juniper `PPPoE`.
    JuniperPppoe = juniper("JUNIPER_PPPOE", 167, 16, 14, [18, 21]);
    /// Juniper `PPPoE` on ATM.
    JuniperPppoeAtm = juniper("JUNIPER_PPPOE_ATM", 168, 4, 6, [0, NOWHERE]);
    /// Juniper Ethernet.
    JuniperEther = juniper("JUNIPER_ETHER", 178, 16, 14, [18, 21]);
    /// Juniper PPP.
    JuniperPpp = juniper("JUNIPER_PPP", 179, 4, 4, [0, NOWHERE]);
    /// Juniper frame relay.
    JuniperFrelay = juniper("JUNIPER_FRELAY", 180, 4, 4, [0, NOWHERE]);
    /// Juniper Cisco HDLC.
    JuniperChdlc = juniper("JUNIPER_CHDLC", 181, 4, 4, [0, NOWHERE]);
    /// Juniper voice.
    JuniperVp = juniper("JUNIPER_VP", 183, 18, NOWHERE, [NOWHERE; 2]);
    /// Juniper integrated service module.
    JuniperIsm = juniper("JUNIPER_ISM", 194, 8, NOWHERE, [NOWHERE; 2]);
    /// Juniper secure tunnel.
    JuniperSt = juniper("JUNIPER_ST", 200, 18, NOWHERE, [NOWHERE; 2]);
    /// Juniper virtual server.
    JuniperVs = juniper("JUNIPER_VS", 232, 8, NOWHERE, [NOWHERE; 2]);
    /// Juniper SRX end to end.
    JuniperSrxE2e = juniper("JUNIPER_SRX_E2E", 233, 8, NOWHERE, [NOWHERE; 2]);
    /// Juniper Fibre Channel.
    JuniperFibreChannel = juniper("JUNIPER_FIBRECHANNEL", 234, 8, NOWHERE, [NOWHERE; 2]);
    /// Juniper ATM CEMIC.
    JuniperAtmCemic = juniper("JUNIPER_ATM_CEMIC", 238, 8, NOWHERE, [NOWHERE; 2]);
}

impl LinkType {
    /// The link type with a `LINKTYPE_` number, as capture files have it.
    pub fn from_number(number: u32) -> Self {
        let known = Self::ALL.iter().find(|link| link.row().number == number);
        known.copied().unwrap_or(Self::Other(number))
    }

    /// The link type with a name as `EN10MB`, without `LINKTYPE_` or `DLT_`.
    #[cfg(test)]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|link| link.row().name == name)
    }

    /// The `LINKTYPE_` number.
    pub const fn number(self) -> u32 {
        self.row().number
    }

    /// The name, without `LINKTYPE_` or `DLT_`; `unknown` for [`Self::Other`].
    pub const fn name(self) -> &'static str {
        self.row().name
    }
}

impl std::fmt::Display for LinkType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Other(number) => write!(f, "{number}"),
            known => f.write_str(known.name()),
        }
    }
}
