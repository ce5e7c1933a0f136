//! Words that only some link types know: pflog, 802.11, LLC, ATM, SS7.

use nbpfc_source::Span;

use super::RelOp;

/// A field compared with a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How.
    pub op: RelOp,
    /// The constant, within the field's width.
    pub value: u32,
    /// The constant's text.
    pub span: Span,
}

/// A field of a pflog record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PfTest {
    /// `on`, `ifname`: the interface's name.
    Interface(String),
    /// `rset`, `ruleset`: the rule set's name.
    Ruleset(String),
    /// `rnr`, `rulenum`.
    Rule(u32),
    /// `srnr`, `subrulenum`.
    Subrule(u32),
    /// `reason`: the number of a reason.
    Reason(u32),
    /// `action`: the number of an action.
    Action(u32),
}

/// A field of the two bytes of 802.11 frame control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WlanTest {
    /// `type mgt`: bits 0x0c of the first byte.
    Type(u8),
    /// `type mgt subtype beacon`, `subtype beacon`: bits 0xfc of the first byte.
    Subtype(u8),
    /// `dir tods`: bits 0x03 of the second byte.
    Direction(u8),
}

/// A question about an 802.2 LLC header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LlcTest {
    /// There is an LLC header.
    Any,
    /// An information frame.
    I,
    /// A supervisory frame.
    S,
    /// An unnumbered frame.
    U,
    /// The supervisory frame with this value under mask 0x0f of the first control byte (rr 1, rnr 5, rej 9).
    Supervisory(u8),
    /// The unnumbered frame with this value under mask 0xef of the control byte.
    Unnumbered(u8),
}

words! {
    /// A kind of ATM cell.
    AtmWord {
        /// LAN emulation.
        Lane = "lane",
        /// Meta signalling circuit.
        Metac = "metac",
        /// Broadcast signalling circuit.
        Bcc = "bcc",
        /// OAM F4 end-to-end circuit.
        Oamf4ec = "oamf4ec",
        /// OAM F4 segment circuit.
        Oamf4sc = "oamf4sc",
        /// Signalling circuit.
        Sc = "sc",
        /// ILMI circuit.
        Ilmic = "ilmic",
        /// Segment or end-to-end OAM F4 on VCI 3 or 4.
        Oam = "oam",
        /// As `oam`.
        Oamf4 = "oamf4",
        /// Q.2931 connection messages on the signalling circuit.
        Connectmsg = "connectmsg",
        /// Q.2931 connection messages on the meta signalling circuit.
        Metaconnect = "metaconnect",
    }
}

words! {
    /// A field of an ATM cell's header.
    AtmField {
        /// Virtual path; 8 bits.
        Vpi = "vpi",
        /// Virtual channel; 16 bits.
        Vci = "vci",
    }
}

words! {
    /// A kind of SS7 MTP2 signal unit; `h` words are for high speed links.
    Mtp2Word {
        /// Fill-in.
        Fisu = "fisu",
        /// Link status, also spelt `lsu`.
        Lssu = "lssu",
        /// Message.
        Msu = "msu",
        /// Fill-in, high speed.
        Hfisu = "hfisu",
        /// Link status, high speed.
        Hlssu = "hlssu",
        /// Message, high speed.
        Hmsu = "hmsu",
    }
}

words! {
    /// A field of an SS7 MTP3 message; `h` words are for high speed links.
    Mtp3Field {
        /// Service information octet.
        Sio = "sio",
        /// Origin point code; 14 bits.
        Opc = "opc",
        /// Destination point code; 14 bits.
        Dpc = "dpc",
        /// Signalling link selection; 4 bits.
        Sls = "sls",
        /// Service information octet, high speed.
        Hsio = "hsio",
        /// Origin point code, high speed.
        Hopc = "hopc",
        /// Destination point code, high speed.
        Hdpc = "hdpc",
        /// Signalling link selection, high speed.
        Hsls = "hsls",
    }
}
