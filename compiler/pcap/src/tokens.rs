//! Tokens: what the characters of a filter mean before grammar.
//!
//! The longest match wins. Names may contain `-` and `.`, so `len-4` is one
//! name, and `tcp-syn` and `is-is` are words.

use std::net::Ipv6Addr;

use lalrpop_util::ParseError;
use logos::{Lexer, Logos};
use nbpfc_source::Span;

use crate::tree::{AtmField, AtmWord, Dir, Mtp2Word, Mtp3Field, Proto, Tunnel};

/// Why characters are no token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LexError {
    /// The language does not have this character.
    #[default]
    Character,
    /// A number of more than 32 bits; the word says in which base.
    Overflow(&'static str),
    /// 8 or 9 in a number that starts with 0.
    NotOctal,
    /// Neither six groups of a hardware address nor an IPv6 address.
    Colons,
    /// Parentheses and brackets nest too deep.
    TooDeep,
}

/// What the parser says when it stops.
pub(crate) type SyntaxError<'s> = ParseError<u32, Token<'s>, (Span, LexError)>;

/// A hardware address, in the order it is transmitted.
pub(crate) type Mac48 = [u8; 6];

/// What an id stands for: the type word of a primitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Host,
    Net,
    Port,
    Portrange,
    Proto,
    Protochain,
    Gateway,
}

impl Kind {
    /// The word as it is written.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Net => "net",
            Self::Port => "port",
            Self::Portrange => "portrange",
            Self::Proto => "proto",
            Self::Protochain => "protochain",
            Self::Gateway => "gateway",
        }
    }
}

/// One token. Words that play the same part in the grammar are one variant.
#[derive(Clone, Copy, Debug, PartialEq, Logos)]
#[logos(error = LexError, skip r"[ \r\n\t]+")]
#[logos(subpattern n = r"(?:[0-9]+|0[xX][0-9A-Fa-f]+)")]
#[logos(subpattern b = r"[0-9A-Fa-f][0-9A-Fa-f]?")]
#[logos(subpattern bb = r"[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]")]
pub(crate) enum Token<'s> {
    #[token("link", |_| Proto::Link)]
    #[token("ether", |_| Proto::Link)]
    #[token("ppp", |_| Proto::Link)]
    #[token("slip", |_| Proto::Link)]
    #[token("fddi", |_| Proto::Link)]
    #[token("tr", |_| Proto::Link)]
    #[token("wlan", |_| Proto::Link)]
    #[token("arp", |_| Proto::Arp)]
    #[token("rarp", |_| Proto::Rarp)]
    #[token("ip", |_| Proto::Ip)]
    #[token("sctp", |_| Proto::Sctp)]
    #[token("tcp", |_| Proto::Tcp)]
    #[token("udp", |_| Proto::Udp)]
    #[token("icmp", |_| Proto::Icmp)]
    #[token("igmp", |_| Proto::Igmp)]
    #[token("igrp", |_| Proto::Igrp)]
    #[token("pim", |_| Proto::Pim)]
    #[token("vrrp", |_| Proto::Vrrp)]
    #[token("carp", |_| Proto::Carp)]
    #[token("radio", |_| Proto::Radio)]
    #[token("ip6", |_| Proto::Ip6)]
    #[token("icmp6", |_| Proto::Icmp6)]
    #[token("ah", |_| Proto::Ah)]
    #[token("esp", |_| Proto::Esp)]
    #[token("atalk", |_| Proto::Atalk)]
    #[token("aarp", |_| Proto::Aarp)]
    #[token("decnet", |_| Proto::Decnet)]
    #[token("lat", |_| Proto::Lat)]
    #[token("sca", |_| Proto::Sca)]
    #[token("moprc", |_| Proto::Moprc)]
    #[token("mopdl", |_| Proto::Mopdl)]
    #[token("iso", |_| Proto::Iso)]
    #[token("esis", |_| Proto::Esis)]
    #[token("es-is", |_| Proto::Esis)]
    #[token("isis", |_| Proto::Isis)]
    #[token("is-is", |_| Proto::Isis)]
    #[token("l1", |_| Proto::L1)]
    #[token("l2", |_| Proto::L2)]
    #[token("iih", |_| Proto::Iih)]
    #[token("lsp", |_| Proto::Lsp)]
    #[token("snp", |_| Proto::Snp)]
    #[token("csnp", |_| Proto::Csnp)]
    #[token("psnp", |_| Proto::Psnp)]
    #[token("clnp", |_| Proto::Clnp)]
    #[token("stp", |_| Proto::Stp)]
    #[token("ipx", |_| Proto::Ipx)]
    #[token("netbeui", |_| Proto::Netbeui)]
    Proto(Proto),

    #[token("src")]
    Src,
    #[token("dst")]
    Dst,
    #[token("addr1", |_| Dir::Addr1)]
    #[token("address1", |_| Dir::Addr1)]
    #[token("addr2", |_| Dir::Addr2)]
    #[token("address2", |_| Dir::Addr2)]
    #[token("addr3", |_| Dir::Addr3)]
    #[token("address3", |_| Dir::Addr3)]
    #[token("addr4", |_| Dir::Addr4)]
    #[token("address4", |_| Dir::Addr4)]
    #[token("ra", |_| Dir::Ra)]
    #[token("ta", |_| Dir::Ta)]
    WlanAddress(Dir),

    #[token("host", |_| Kind::Host)]
    #[token("net", |_| Kind::Net)]
    #[token("port", |_| Kind::Port)]
    #[token("portrange", |_| Kind::Portrange)]
    Kind(Kind),
    /// Type words that take no direction.
    #[token("proto", |_| Kind::Proto)]
    #[token("protochain", |_| Kind::Protochain)]
    #[token("gateway", |_| Kind::Gateway)]
    Undirected(Kind),
    #[token("mask")]
    Mask,

    #[token("and")]
    #[token("&&")]
    And,
    #[token("or")]
    #[token("||")]
    Or,
    #[token("not")]
    #[token("!")]
    Not,

    #[token("less")]
    Less,
    #[token("greater")]
    Greater,
    #[token("byte")]
    Byte,
    #[token("broadcast")]
    Broadcast,
    #[token("multicast")]
    Multicast,
    #[token("len")]
    #[token("length")]
    Length,
    #[token("inbound")]
    Inbound,
    #[token("outbound")]
    Outbound,
    #[token("ifindex")]
    Ifindex,

    #[token("vlan", |_| Tunnel::Vlan)]
    #[token("mpls", |_| Tunnel::Mpls)]
    #[token("pppoes", |_| Tunnel::Pppoes)]
    #[token("geneve", |_| Tunnel::Geneve)]
    #[token("vxlan", |_| Tunnel::Vxlan)]
    Tunnel(Tunnel),
    #[token("pppoed")]
    Pppoed,

    #[token("type")]
    Type,
    #[token("subtype")]
    Subtype,
    #[token("dir")]
    #[token("direction")]
    Direction,
    #[token("llc")]
    Llc,

    #[token("on")]
    #[token("ifname")]
    PfInterface,
    #[token("rset")]
    #[token("ruleset")]
    PfRuleset,
    #[token("rnr")]
    #[token("rulenum")]
    PfRule,
    #[token("srnr")]
    #[token("subrulenum")]
    PfSubrule,
    #[token("reason")]
    PfReason,
    #[token("action")]
    PfAction,

    #[token("lane", |_| AtmWord::Lane)]
    #[token("metac", |_| AtmWord::Metac)]
    #[token("bcc", |_| AtmWord::Bcc)]
    #[token("oamf4ec", |_| AtmWord::Oamf4ec)]
    #[token("oamf4sc", |_| AtmWord::Oamf4sc)]
    #[token("sc", |_| AtmWord::Sc)]
    #[token("ilmic", |_| AtmWord::Ilmic)]
    #[token("oam", |_| AtmWord::Oam)]
    #[token("oamf4", |_| AtmWord::Oamf4)]
    #[token("connectmsg", |_| AtmWord::Connectmsg)]
    #[token("metaconnect", |_| AtmWord::Metaconnect)]
    AtmWord(AtmWord),
    #[token("vpi", |_| AtmField::Vpi)]
    #[token("vci", |_| AtmField::Vci)]
    AtmField(AtmField),

    #[token("fisu", |_| Mtp2Word::Fisu)]
    #[token("lssu", |_| Mtp2Word::Lssu)]
    #[token("lsu", |_| Mtp2Word::Lssu)]
    #[token("msu", |_| Mtp2Word::Msu)]
    #[token("hfisu", |_| Mtp2Word::Hfisu)]
    #[token("hlssu", |_| Mtp2Word::Hlssu)]
    #[token("hmsu", |_| Mtp2Word::Hmsu)]
    Mtp2Word(Mtp2Word),
    #[token("sio", |_| Mtp3Field::Sio)]
    #[token("opc", |_| Mtp3Field::Opc)]
    #[token("dpc", |_| Mtp3Field::Dpc)]
    #[token("sls", |_| Mtp3Field::Sls)]
    #[token("hsio", |_| Mtp3Field::Hsio)]
    #[token("hopc", |_| Mtp3Field::Hopc)]
    #[token("hdpc", |_| Mtp3Field::Hdpc)]
    #[token("hsls", |_| Mtp3Field::Hsls)]
    Mtp3Field(Mtp3Field),

    #[token("(")]
    LParen,
    #[token(")")]
    RParen,
    /// `in {`. Alone, `in` is a name; libpcap's language has no braces, quotes or commas.
    #[regex(r"in[ \r\n\t]*\{")]
    SetOpen,
    #[token("}")]
    SetClose,
    #[token(",")]
    Comma,
    /// `in file "x"`: the name of the file.
    #[regex(r#"in[ \r\n\t]+file[ \r\n\t]*"[^"\r\n]*""#, file_name)]
    SetFile(&'s str),

    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token(":")]
    Colon,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("&")]
    Ampersand,
    #[token("|")]
    Bar,
    #[token("^")]
    Caret,
    #[token("<<")]
    ShiftLeft,
    #[token(">>")]
    ShiftRight,
    #[token("<")]
    Lt,
    #[token(">")]
    Gt,
    #[token("<=")]
    Le,
    #[token(">=")]
    Ge,
    #[token("=")]
    #[token("==")]
    Eq,
    #[token("!=")]
    Ne,

    /// A number, or the name of one.
    #[regex(r"(?&n)", number, priority = 30)]
    #[token("icmptype", |_| 0)]
    #[token("icmpcode", |_| 1)]
    #[token("icmp-echoreply", |_| 0)]
    #[token("icmp-unreach", |_| 3)]
    #[token("icmp-sourcequench", |_| 4)]
    #[token("icmp-redirect", |_| 5)]
    #[token("icmp-echo", |_| 8)]
    #[token("icmp-routeradvert", |_| 9)]
    #[token("icmp-routersolicit", |_| 10)]
    #[token("icmp-timxceed", |_| 11)]
    #[token("icmp-paramprob", |_| 12)]
    #[token("icmp-tstamp", |_| 13)]
    #[token("icmp-tstampreply", |_| 14)]
    #[token("icmp-ireq", |_| 15)]
    #[token("icmp-ireqreply", |_| 16)]
    #[token("icmp-maskreq", |_| 17)]
    #[token("icmp-maskreply", |_| 18)]
    #[token("icmp6type", |_| 0)]
    #[token("icmp6code", |_| 1)]
    #[token("icmp6-destinationunreach", |_| 1)]
    #[token("icmp6-packettoobig", |_| 2)]
    #[token("icmp6-timeexceeded", |_| 3)]
    #[token("icmp6-parameterproblem", |_| 4)]
    #[token("icmp6-echo", |_| 128)]
    #[token("icmp6-echoreply", |_| 129)]
    #[token("icmp6-multicastlistenerquery", |_| 130)]
    #[token("icmp6-multicastlistenerreportv1", |_| 131)]
    #[token("icmp6-multicastlistenerdone", |_| 132)]
    #[token("icmp6-routersolicit", |_| 133)]
    #[token("icmp6-routeradvert", |_| 134)]
    #[token("icmp6-neighborsolicit", |_| 135)]
    #[token("icmp6-neighboradvert", |_| 136)]
    #[token("icmp6-redirect", |_| 137)]
    #[token("icmp6-routerrenum", |_| 138)]
    #[token("icmp6-nodeinformationquery", |_| 139)]
    #[token("icmp6-nodeinformationresponse", |_| 140)]
    #[token("icmp6-ineighbordiscoverysolicit", |_| 141)]
    #[token("icmp6-ineighbordiscoveryadvert", |_| 142)]
    #[token("icmp6-multicastlistenerreportv2", |_| 143)]
    #[token("icmp6-homeagentdiscoveryrequest", |_| 144)]
    #[token("icmp6-homeagentdiscoveryreply", |_| 145)]
    #[token("icmp6-mobileprefixsolicit", |_| 146)]
    #[token("icmp6-mobileprefixadvert", |_| 147)]
    #[token("icmp6-certpathsolicit", |_| 148)]
    #[token("icmp6-certpathadvert", |_| 149)]
    #[token("icmp6-multicastrouteradvert", |_| 151)]
    #[token("icmp6-multicastroutersolicit", |_| 152)]
    #[token("icmp6-multicastrouterterm", |_| 153)]
    #[token("tcpflags", |_| 13)]
    #[token("tcp-fin", |_| 0x01)]
    #[token("tcp-syn", |_| 0x02)]
    #[token("tcp-rst", |_| 0x04)]
    #[token("tcp-push", |_| 0x08)]
    #[token("tcp-ack", |_| 0x10)]
    #[token("tcp-urg", |_| 0x20)]
    #[token("tcp-ece", |_| 0x40)]
    #[token("tcp-cwr", |_| 0x80)]
    Number(u32),

    /// Two to four parts with dots, not yet read.
    #[regex(r"(?&n)(?:\.(?&n))(?:\.(?&n))?(?:\.(?&n))?", priority = 30)]
    Ipv4(&'s str),
    /// A hardware address, in any of its spellings but the one with colons.
    #[regex(r"(?&b)-(?&b)-(?&b)-(?&b)-(?&b)-(?&b)", mac, priority = 40)]
    #[regex(r"(?&b)\.(?&b)\.(?&b)\.(?&b)\.(?&b)\.(?&b)", mac, priority = 41)]
    #[regex(r"(?&bb)\.(?&bb)\.(?&bb)", mac, priority = 42)]
    #[regex(r"(?&bb)(?&bb)(?&bb)", mac, priority = 43)]
    #[regex(r"(?&b):(?&b):(?&b):(?&b):(?&b):(?&b)", mac, priority = 44)]
    Mac(Mac48),
    #[regex(r"\$(?&b)", |lexer| u8::from_str_radix(&lexer.slice()[1..], 16).ok())]
    Mac8(u8),
    /// Hexadecimal digits with at least two colons: an address of IPv6, or nothing.
    #[regex(r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*", ipv6, priority = 35)]
    Ipv6(u128),
    /// A name, without the `\` that keeps it from being a word.
    #[regex(r"[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?", priority = 2)]
    #[regex(r"\\[^ !()\n\t]+", |lexer| &lexer.slice()[1..])]
    Name(&'s str),
}

/// Reads a decimal, octal (leading 0) or hexadecimal (leading 0x) number of 32 bits.
pub(crate) fn read_number(text: &str) -> Result<u32, LexError> {
    let (digits, radix, base) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16, "hexadecimal"),
        [b'0', ..] => (text, 8, "octal"),
        _ => (text, 10, "decimal"),
    };
    if radix == 8 && digits.bytes().any(|digit| digit > b'7') {
        return Err(LexError::NotOctal);
    }
    u32::from_str_radix(digits, radix).map_err(|_| LexError::Overflow(base))
}

fn number<'s>(lexer: &mut Lexer<'s, Token<'s>>) -> Result<u32, LexError> {
    read_number(lexer.slice())
}

/// The pattern has made sure that there are twelve digits, or six groups of one or two.
fn mac<'s>(lexer: &mut Lexer<'s, Token<'s>>) -> Option<[u8; 6]> {
    let groups: Vec<&str> = lexer.slice().split([':', '-', '.']).collect();
    let joined = groups.concat();
    let mut mac = [0; 6];
    for (i, byte) in mac.iter_mut().enumerate() {
        let digits =
            if groups.len() == 6 { groups.get(i).copied() } else { joined.get(2 * i..2 * i + 2) };
        *byte = u8::from_str_radix(digits?, 16).ok()?;
    }
    Some(mac)
}

/// What stands between the quotes.
fn file_name<'s>(lexer: &mut Lexer<'s, Token<'s>>) -> Option<&'s str> {
    lexer.slice().strip_suffix('"')?.split_once('"').map(|(_, name)| name)
}

fn ipv6<'s>(lexer: &mut Lexer<'s, Token<'s>>) -> Result<u128, LexError> {
    lexer.slice().parse::<Ipv6Addr>().map(Ipv6Addr::to_bits).map_err(|_| LexError::Colons)
}
