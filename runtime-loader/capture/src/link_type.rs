//! Link types: what a packet's first byte is the first byte of.
//!
//! A type has two numbers. Programs speak of it by its DLT number, files hold its
//! LINKTYPE number; the two differ for a dozen old types whose DLT number was not the
//! same on every system. The DLT numbers here are those of Linux.

use std::fmt;

/// A link type, as the DLT number that it has on Linux (`pcap/dlt.h`).
///
/// Any number is a link type, also one without a name: a capture of a type that is not
/// known here can still be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkType(u32);

/// From the first to the last number of this range, DLT and LINKTYPE are the same.
const SAME: std::ops::RangeInclusive<u32> = 104..=289;

/// LINKTYPE of classical IP over ATM: inside [`SAME`], and yet not the DLT number.
const LINKTYPE_ATM_CLIP: u32 = 106;

/// (DLT, LINKTYPE) of the types outside [`SAME`]; types not listed here
/// have no place in a file.
const OLD: [(LinkType, u32); 19] = [
    (LinkType::NULL, 0),
    (LinkType::EN10MB, 1),
    (LinkType::EN3MB, 2),
    (LinkType::AX25, 3),
    (LinkType::PRONET, 4),
    (LinkType::CHAOS, 5),
    (LinkType::IEEE802, 6),
    (LinkType::ARCNET, 7),
    (LinkType::SLIP, 8),
    (LinkType::PPP, 9),
    (LinkType::FDDI, 10),
    (LinkType::ATM_RFC1483, 100),
    (LinkType::RAW, 101),
    (LinkType::SLIP_BSDOS, 102),
    (LinkType::PPP_BSDOS, 103),
    (LinkType::ATM_CLIP, LINKTYPE_ATM_CLIP),
    (LinkType::PPP_SERIAL, 50),
    (LinkType::PPP_ETHER, 51),
    (LinkType::SYMANTEC_FIREWALL, 99),
];

impl LinkType {
    /// The link type with this DLT number.
    pub const fn from_dlt(dlt: u32) -> Self {
        Self(dlt)
    }

    /// The DLT number, as the filter compiler wants it.
    pub const fn dlt(self) -> u32 {
        self.0
    }

    /// The link type of a file that holds this LINKTYPE number.
    ///
    /// A number without a mapping stands for itself, as libpcap has it: it may be the
    /// DLT number of a newer or older system.
    pub fn from_linktype(linktype: u32) -> Self {
        if SAME.contains(&linktype) && linktype != LINKTYPE_ATM_CLIP {
            return Self(linktype);
        }
        OLD.iter().find(|(_, number)| *number == linktype).map_or(Self(linktype), |(dlt, _)| *dlt)
    }

    /// The LINKTYPE number to write into a file; `None` when files cannot hold this type.
    pub fn to_linktype(self) -> Option<u32> {
        if SAME.contains(&self.0) {
            return Some(self.0);
        }
        OLD.iter().find(|(dlt, _)| *dlt == self).map(|(_, number)| *number)
    }

    /// The name without its `DLT_` prefix, as `tcpdump -y` takes it; `None` for a number
    /// that has no name.
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(number, _)| *number == self.0).map(|(_, name)| *name)
    }

    /// Every name that there is, without `DLT_`: those of libpcap 1.10.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(_, name)| *name)
    }

    /// The link type with this name, with or without `DLT_`, in any case of letters.
    pub fn from_name(name: &str) -> Option<Self> {
        let bare = match name.get(..4) {
            Some(prefix) if prefix.eq_ignore_ascii_case("DLT_") => &name[4..],
            _ => name,
        };
        NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(bare)).map(|(dlt, _)| Self(*dlt))
    }

    /// The most bytes that one packet of this type may have in a capture.
    pub(crate) fn largest_packet(self) -> u32 {
        match self {
            Self::DBUS => 128 << 20,
            Self::EBHSCR => 8 << 20,
            Self::USBPCAP => 1 << 20,
            _ => 262_144,
        }
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "DLT {}", self.0),
        }
    }
}

macro_rules! link_types {
    ($($name:ident = $dlt:literal, $about:literal;)*) => {
        impl LinkType {
            $(
                #[doc = concat!("DLT ", $dlt, ": ", $about, ".")]
                pub const $name: Self = Self($dlt);
            )*
        }

        /// DLT number and name of every link type that has a name.
        const NAMES: &[(u32, &str)] = &[$(($dlt, stringify!($name))),*];
    };
}

link_types! {
    NULL = 0, "BSD loopback: the address family in the writer's byte order, then the packet";
    EN10MB = 1, "Ethernet";
    EN3MB = 2, "experimental 3 Mb/s Ethernet";
    AX25 = 3, "amateur radio AX.25";
    PRONET = 4, "Proteon `ProNET` token ring";
    CHAOS = 5, "MIT Chaosnet";
    IEEE802 = 6, "IEEE 802.5 token ring";
    ARCNET = 7, "ARCNET with BSD headers";
    SLIP = 8, "SLIP";
    PPP = 9, "PPP";
    FDDI = 10, "FDDI";
    ATM_RFC1483 = 11, "LLC on ATM, RFC 1483";
    RAW = 12, "IPv4 or IPv6, told apart by the version nibble";
    SLIP_BSDOS = 15, "SLIP with BSD/OS headers";
    PPP_BSDOS = 16, "PPP with BSD/OS headers";
    ATM_CLIP = 19, "classical IP over ATM on Linux";
    PPP_SERIAL = 50, "PPP in HDLC-like framing";
    PPP_ETHER = 51, "`PPPoE` session packets without the Ethernet header";
    SYMANTEC_FIREWALL = 99, "Symantec Enterprise Firewall";
    C_HDLC = 104, "Cisco HDLC";
    IEEE802_11 = 105, "IEEE 802.11";
    FRELAY = 107, "frame relay";
    LOOP = 108, "OpenBSD loopback: the address family big-endian, then the packet";
    ENC = 109, "OpenBSD's decrypted IPsec packets";
    HDLC = 112, "NetBSD HDLC framing";
    LINUX_SLL = 113, "Linux cooked capture, version 1";
    LTALK = 114, "Apple `LocalTalk`";
    ECONET = 115, "Acorn Econet";
    IPFILTER = 116, "IPFilter log";
    PFLOG = 117, "OpenBSD packet filter log";
    CISCO_IOS = 118, "Cisco IOS internal";
    PRISM_HEADER = 119, "IEEE 802.11 behind a Prism monitor header";
    AIRONET_HEADER = 120, "IEEE 802.11 behind an Aironet header";
    HHDLC = 121, "Siemens `HiPath` HDLC";
    IP_OVER_FC = 122, "IP over Fibre Channel, RFC 2625";
    SUNATM = 123, "ATM with the Solaris `SunATM` header";
    RIO = 124, "`RapidIO`";
    PCI_EXP = 125, "PCI Express";
    AURORA = 126, "Xilinx Aurora";
    IEEE802_11_RADIO = 127, "IEEE 802.11 behind a radiotap header";
    TZSP = 128, "`TaZmen` sniffer protocol";
    ARCNET_LINUX = 129, "ARCNET with Linux headers";
    JUNIPER_MLPPP = 130, "Juniper multilink PPP";
    JUNIPER_MLFR = 131, "Juniper multilink frame relay";
    JUNIPER_ES = 132, "Juniper encryption services";
    JUNIPER_GGSN = 133, "Juniper GGSN";
    JUNIPER_MFR = 134, "Juniper FRF.16 frame relay";
    JUNIPER_ATM2 = 135, "Juniper ATM2";
    JUNIPER_SERVICES = 136, "Juniper advanced services";
    JUNIPER_ATM1 = 137, "Juniper ATM1";
    APPLE_IP_OVER_IEEE1394 = 138, "Apple IP over `FireWire`";
    MTP2_WITH_PHDR = 139, "SS7 MTP2 behind a pseudo-header";
    MTP2 = 140, "SS7 MTP2";
    MTP3 = 141, "SS7 MTP3";
    SCCP = 142, "SS7 SCCP";
    DOCSIS = 143, "DOCSIS MAC frames";
    LINUX_IRDA = 144, "`IrDA` on Linux";
    IBM_SP = 145, "IBM SP switch";
    IBM_SN = 146, "IBM Next Federation switch";
    USER0 = 147, "private use 0";
    USER1 = 148, "private use 1";
    USER2 = 149, "private use 2";
    USER3 = 150, "private use 3";
    USER4 = 151, "private use 4";
    USER5 = 152, "private use 5";
    USER6 = 153, "private use 6";
    USER7 = 154, "private use 7";
    USER8 = 155, "private use 8";
    USER9 = 156, "private use 9";
    USER10 = 157, "private use 10";
    USER11 = 158, "private use 11";
    USER12 = 159, "private use 12";
    USER13 = 160, "private use 13";
    USER14 = 161, "private use 14";
    USER15 = 162, "private use 15";
    IEEE802_11_RADIO_AVS = 163, "IEEE 802.11 behind an AVS header";
    JUNIPER_MONITOR = 164, "Juniper passive monitor";
    BACNET_MS_TP = 165, "`BACnet` MS/TP";
    PPP_PPPD = 166, "PPP with a direction byte, as pppd writes it";
    JUNIPER_PPPOE = 167, "Juniper `PPPoE`";
    JUNIPER_PPPOE_ATM = 168, "Juniper `PPPoE` on ATM";
    GPRS_LLC = 169, "GPRS LLC";
    GPF_T = 170, "GPF-T, ITU-T G.7041";
    GPF_F = 171, "GPF-F, ITU-T G.7041";
    GCOM_T1E1 = 172, "Gcom T1/E1 monitoring";
    GCOM_SERIAL = 173, "Gcom serial monitoring";
    JUNIPER_PIC_PEER = 174, "Juniper PIC peer";
    ERF_ETH = 175, "Ethernet behind an ERF header";
    ERF_POS = 176, "packet over SONET behind an ERF header";
    LINUX_LAPD = 177, "vISDN LAPD on Linux";
    JUNIPER_ETHER = 178, "Juniper Ethernet";
    JUNIPER_PPP = 179, "Juniper PPP";
    JUNIPER_FRELAY = 180, "Juniper frame relay";
    JUNIPER_CHDLC = 181, "Juniper Cisco HDLC";
    MFR = 182, "FRF.16.1 multilink frame relay";
    JUNIPER_VP = 183, "Juniper voice";
    A429 = 184, "ARINC 429";
    A653_ICM = 185, "ARINC 653 messages";
    USB_FREEBSD = 186, "USB with FreeBSD headers";
    BLUETOOTH_HCI_H4 = 187, "Bluetooth HCI, UART transport";
    IEEE802_16_MAC_CPS = 188, "IEEE 802.16 MAC common part";
    USB_LINUX = 189, "USB with the 48-byte Linux header";
    CAN20B = 190, "CAN 2.0B";
    IEEE802_15_4_LINUX = 191, "IEEE 802.15.4 with Linux padding";
    PPI = 192, "per-packet information header";
    IEEE802_16_MAC_CPS_RADIO = 193, "IEEE 802.16 MAC behind a radiotap header";
    JUNIPER_ISM = 194, "Juniper integrated service module";
    IEEE802_15_4 = 195, "IEEE 802.15.4 with its frame check sequence";
    SITA = 196, "SITA pseudo-header";
    ERF = 197, "Endace ERF records";
    RAIF1 = 198, "Ethernet behind a u10 Networks header";
    IPMB_KONTRON = 199, "IPMB behind a Kontron header";
    JUNIPER_ST = 200, "Juniper secure tunnel";
    BLUETOOTH_HCI_H4_WITH_PHDR = 201, "Bluetooth HCI with a direction word";
    AX25_KISS = 202, "AX.25 with a KISS header";
    LAPD = 203, "LAPD, ITU-T Q.921";
    PPP_WITH_DIR = 204, "PPP with a direction byte";
    C_HDLC_WITH_DIR = 205, "Cisco HDLC with a direction byte";
    FRELAY_WITH_DIR = 206, "frame relay with a direction byte";
    LAPB_WITH_DIR = 207, "LAPB with a direction byte";
    IPMB_LINUX = 209, "IPMB behind the Linux header";
    FLEXRAY = 210, "`FlexRay`";
    MOST = 211, "MOST bus";
    LIN = 212, "LIN bus";
    X2E_SERIAL = 213, "X2E serial line";
    X2E_XORAYA = 214, "X2E Xoraya logger";
    IEEE802_15_4_NONASK_PHY = 215, "IEEE 802.15.4 with its physical-layer header";
    LINUX_EVDEV = 216, "Linux input events";
    GSMTAP_UM = 217, "GSM Um interface in GSMTAP";
    GSMTAP_ABIS = 218, "GSM Abis interface in GSMTAP";
    MPLS = 219, "MPLS without a link layer";
    USB_LINUX_MMAPPED = 220, "USB with the 64-byte Linux header";
    DECT = 221, "DECT behind a pseudo-header";
    AOS = 222, "AOS space data link";
    WIHART = 223, "Wireless HART";
    FC_2 = 224, "Fibre Channel FC-2";
    FC_2_WITH_FRAME_DELIMS = 225, "Fibre Channel FC-2 with delimiters";
    IPNET = 226, "Solaris ipnet";
    CAN_SOCKETCAN = 227, "CAN behind a `SocketCAN` header";
    IPV4 = 228, "IPv4";
    IPV6 = 229, "IPv6";
    IEEE802_15_4_NOFCS = 230, "IEEE 802.15.4 without its frame check sequence";
    DBUS = 231, "D-Bus messages";
    JUNIPER_VS = 232, "Juniper virtual server";
    JUNIPER_SRX_E2E = 233, "Juniper SRX end to end";
    JUNIPER_FIBRECHANNEL = 234, "Juniper Fibre Channel";
    DVB_CI = 235, "DVB common interface";
    MUX27010 = 236, "3GPP TS 27.010 multiplexer";
    STANAG_5066_D_PDU = 237, "STANAG 5066 data units";
    JUNIPER_ATM_CEMIC = 238, "Juniper ATM CEMIC";
    NFLOG = 239, "Linux netfilter log";
    NETANALYZER = 240, "Ethernet behind a Hilscher netANALYZER header";
    NETANALYZER_TRANSPARENT = 241, "the same with preamble and start delimiter";
    IPOIB = 242, "IP over `InfiniBand`, RFC 4391";
    MPEG_2_TS = 243, "MPEG-2 transport stream";
    NG40 = 244, "ng40 protocol tester";
    NFC_LLCP = 245, "NFC LLCP";
    PFSYNC = 246, "packet filter state synchronisation";
    INFINIBAND = 247, "`InfiniBand`";
    SCTP = 248, "SCTP without a lower layer";
    USBPCAP = 249, "USB with `USBPcap` headers";
    RTAC_SERIAL = 250, "serial lines recorded by SEL RTAC";
    BLUETOOTH_LE_LL = 251, "Bluetooth Low Energy link layer";
    WIRESHARK_UPPER_PDU = 252, "upper-layer data exported by Wireshark";
    NETLINK = 253, "Linux netlink";
    BLUETOOTH_LINUX_MONITOR = 254, "Bluetooth monitor of Linux";
    BLUETOOTH_BREDR_BB = 255, "Bluetooth BR/EDR baseband";
    BLUETOOTH_LE_LL_WITH_PHDR = 256, "Bluetooth Low Energy behind a pseudo-header";
    PROFIBUS_DL = 257, "PROFIBUS data link";
    PKTAP = 258, "Apple PKTAP";
    EPON = 259, "Ethernet with the EPON preamble";
    IPMI_HPM_2 = 260, "IPMI traces";
    ZWAVE_R1_R2 = 261, "Z-Wave profiles R1 and R2";
    ZWAVE_R3 = 262, "Z-Wave profile R3";
    WATTSTOPPER_DLM = 263, "`WattStopper` lighting management";
    ISO_14443 = 264, "ISO 14443";
    RDS = 265, "radio data system groups";
    USB_DARWIN = 266, "USB with Darwin headers";
    OPENFLOW = 267, "`OpenFlow` with OpenBSD headers";
    SDLC = 268, "IBM SDLC";
    TI_LLN_SNIFFER = 269, "TI low-power network sniffer";
    LORATAP = 270, "`LoRaTap`";
    VSOCK = 271, "Linux vsock";
    NORDIC_BLE = 272, "Nordic Bluetooth Low Energy sniffer";
    DOCSIS31_XRA31 = 273, "DOCSIS 3.1 by XRA-31";
    ETHERNET_MPACKET = 274, "IEEE 802.3br mPackets";
    DISPLAYPORT_AUX = 275, "`DisplayPort` auxiliary channel";
    LINUX_SLL2 = 276, "Linux cooked capture, version 2";
    SERCOS_MONITOR = 277, "Sercos monitor";
    OPENVIZSLA = 278, "USB recorded by `OpenVizsla`";
    EBHSCR = 279, "Elektrobit high-speed capture and replay";
    VPP_DISPATCH = 280, "VPP graph dispatch trace";
    DSA_TAG_BRCM = 281, "Ethernet with a Broadcom switch tag";
    DSA_TAG_BRCM_PREPEND = 282, "Ethernet behind a Broadcom switch tag";
    IEEE802_15_4_TAP = 283, "IEEE 802.15.4 behind a TAP header";
    DSA_TAG_DSA = 284, "Ethernet with a Marvell DSA tag";
    DSA_TAG_EDSA = 285, "Ethernet with a Marvell EDSA tag";
    ELEE = 286, "ELEE lawful interception";
    Z_WAVE_SERIAL = 287, "Z-Wave serial frames";
    USB_2_0 = 288, "USB 2.0 as on the cable";
    ATSC_ALP = 289, "ATSC link layer";
}

#[cfg(test)]
mod tests;
