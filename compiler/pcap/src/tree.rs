//! The tree of a filter: what its text says, with every word resolved.
//!
//! The tree is made by [`parse`](crate::parse) only, and is always meaningful as
//! far as the language goes: qualifiers that the text leaves out are filled in,
//! names are looked up, words that cannot be combined were refused. What depends
//! on the link type is not decided here.
//!
//! Long expressions make flat trees: a chain of `and` and `or` is one node, and
//! arithmetic is a list in evaluation order. Only parentheses nest, at most
//! [`MAX_DEPTH`] deep, so walking the tree may recurse.

use nbpfc_source::Span;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$row:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$row])* $variant,)* }

        impl $name {
            /// The word of the language, its first spelling where there are several.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

mod set;
mod special;

pub use set::{Members, SetTest};
pub use special::{AtmField, AtmWord, Comparison, LlcTest, Mtp2Word, Mtp3Field, PfTest, WlanTest};

/// How deep parentheses and brackets may nest.
pub const MAX_DEPTH: usize = 500;

/// A whole filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// `None` when the text is empty: such a filter accepts every packet.
    pub root: Option<Expr>,
}

/// A part of a filter that is true or false of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// The text it was written as, parentheses included.
    pub span: Span,
    /// What it tests.
    pub kind: ExprKind,
}

/// The three ways to build an [`Expr`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// `a or b and c`: `and` and `or` bind equally and group to the left, so this is `(a or b) and c`.
    Chain {
        /// The leftmost operand.
        first: Box<Expr>,
        /// At least one further operand, each with the operator to its left.
        rest: Vec<(Op, Expr)>,
    },
    /// `not a`. A run of `not` is reduced to none or one.
    Not(Box<Expr>),
    /// One primitive.
    Test(Test),
}

/// What joins the operands of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `and`, `&&`.
    And,
    /// `or`, `||`.
    Or,
}

/// One primitive of the language: a question about a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `tcp`, `ip6`, `arp`: the packet is of this protocol. Never `Link` or `Radio`.
    Protocol(Proto),
    /// `host`, `net`: an IP address, or the protocol address of an ARP packet.
    Address(AddressTest),
    /// `host in {…}`, `port in file "x"`.
    Set(SetTest),
    /// `ether host 02:00:5e:10:00:01`.
    Mac {
        /// Which address of the frame.
        dir: Dir,
        /// In the order it is transmitted.
        mac: [u8; 6],
    },
    /// `link host $2a`: a node address of one byte, as `ARCnet` and `BACnet` MS/TP have them.
    Mac8 {
        /// Which address of the frame.
        dir: Dir,
        /// The node.
        mac: u8,
    },
    /// `decnet host 10.15`.
    Decnet {
        /// Which address of the packet.
        dir: Dir,
        /// `area << 10 | node`.
        node: u16,
    },
    /// `gateway rtr`: sent to or by the hardware address, and to or by none of the hosts.
    Gateway {
        /// What is inspected; never `Ip6`.
        over: Over,
        /// The hardware address of the name.
        mac: [u8; 6],
        /// The IPv4 addresses of the name; at least one.
        hosts: Vec<u32>,
    },
    /// `port`, `portrange`: TCP, UDP and SCTP ports, both ends of the range included.
    Ports {
        /// `None`: any of the three.
        transport: Option<Transport>,
        /// Which port of the packet.
        dir: Dir,
        /// The lowest port.
        low: u16,
        /// The highest port; never less than `low`.
        high: u16,
    },
    /// `ip proto 17`, `ether proto 0x86dd`: the number of the payload's protocol.
    PayloadProtocol {
        /// Whose payload.
        layer: Layer,
        /// The number. It fits the field, except with `Link`, where the link type says what fits.
        number: u32,
    },
    /// `ip6 protochain 58`: the protocol stands somewhere in the chain of headers.
    ProtocolChain {
        /// Any, Ip or Ip6.
        layer: Layer,
        /// At most 255.
        number: u32,
    },
    /// `broadcast`, `ether broadcast`: sent to every station of the link.
    LinkBroadcast,
    /// `multicast`, `ether multicast`: sent to a group address of the link.
    LinkMulticast,
    /// `ip broadcast`; needs the netmask.
    IpBroadcast,
    /// `ip multicast`.
    IpMulticast,
    /// `ip6 multicast`.
    Ip6Multicast,
    /// `less 128`: the length is at most this.
    Less(u32),
    /// `greater 128`: the length is at least this.
    Greater(u32),
    /// `byte 0 = 0xff`: one byte, counted from the link header.
    Byte {
        /// Offset in bytes.
        offset: u32,
        /// How the byte is compared.
        op: ByteOp,
        /// At most 255.
        value: u8,
    },
    /// `inbound`.
    Inbound,
    /// `outbound`.
    Outbound,
    /// `ifindex 3`.
    Ifindex(u32),
    /// `vlan`, `mpls`, `geneve`: the packet is encapsulated so; what follows in the text looks inside.
    Tunnel {
        /// The encapsulation.
        tunnel: Tunnel,
        /// VLAN id, MPLS label, session or network identifier, within its width. `None`: any.
        id: Option<u32>,
    },
    /// `on eth0`, `rnr 7`: a field of an OpenBSD packet filter log record.
    Pf(PfTest),
    /// `wlan type mgt subtype beacon`, `dir tods`: a field of the 802.11 frame control.
    Wlan(WlanTest),
    /// `llc`, `llc i`, `llc sabme`.
    Llc(LlcTest),
    /// `lane`, `oam`: a kind of ATM cell.
    Atm(AtmWord),
    /// `vpi 1`, `vci (5 or 6)`.
    AtmField {
        /// The field.
        field: AtmField,
        /// What it is compared with; true if any comparison is. At least one.
        values: Vec<Comparison>,
    },
    /// `fisu`, `hmsu`: a kind of SS7 MTP2 signal unit.
    Mtp2(Mtp2Word),
    /// `opc 1`, `hsls > 3`.
    Mtp3Field {
        /// The field.
        field: Mtp3Field,
        /// What it is compared with; true if any comparison is. At least one.
        values: Vec<Comparison>,
    },
    /// `ip[8] < 5`.
    Relation {
        /// Left side.
        left: Arith,
        /// How they are compared, unsigned.
        op: RelOp,
        /// Right side.
        right: Arith,
    },
}

/// `src host 192.0.2.1`, `net 10.0.0.0/8`, `host example` with its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressTest {
    /// What is inspected. With `Ip6` there are IPv6 networks only; with `Ip`, `Arp` and `Rarp` IPv4 networks only.
    pub over: Over,
    /// Which address of the packet. Never one of 802.11's.
    pub dir: Dir,
    /// True if the address lies in any of these. At least one; more than one only for a name.
    pub networks: Vec<Network>,
}

/// A set of IP addresses under a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// IPv4; the mask need not be contiguous, and the address has no bit outside it.
    V4 {
        /// In host byte order: 192.0.2.1 is `0xc000_0201`.
        address: u32,
        /// Which bits count.
        mask: u32,
    },
    /// IPv6; the address has no bit behind the prefix.
    V6 {
        /// In host byte order.
        address: u128,
        /// 0 to 128.
        prefix: u8,
    },
}

/// Which of the IP-like protocols an address test inspects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// No protocol word: IPv4, ARP and RARP for IPv4 addresses, IPv6 for IPv6 addresses.
    Any,
    /// IPv4 only.
    Ip,
    /// ARP only.
    Arp,
    /// RARP only.
    Rarp,
    /// IPv6 only.
    Ip6,
}

/// The protocol whose payload [`Test::PayloadProtocol`] asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// No protocol word: IPv4 or IPv6.
    Any,
    /// The link layer: an `EtherType`, LLC SAP or PPP protocol.
    Link,
    /// IPv4.
    Ip,
    /// IPv6.
    Ip6,
    /// OSI network layer identifier.
    Iso,
    /// IS-IS packet type.
    Isis,
}

/// A protocol with ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Protocol 6.
    Tcp,
    /// Protocol 17.
    Udp,
    /// Protocol 132.
    Sctp,
}

impl Transport {
    /// The word for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

/// Which end of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    /// `src`.
    Src,
    /// `dst`.
    Dst,
    /// `src or dst`, and no direction at all.
    SrcOrDst,
    /// `src and dst`.
    SrcAndDst,
    /// `addr1`: the first address of an 802.11 frame.
    Addr1,
    /// `addr2`.
    Addr2,
    /// `addr3`.
    Addr3,
    /// `addr4`.
    Addr4,
    /// `ra`: the receiver of an 802.11 frame.
    Ra,
    /// `ta`: the transmitter of an 802.11 frame.
    Ta,
}

words! {
    /// A protocol word.
    Proto {
        /// The link layer, also spelt `ether`, `fddi`, `tr`, `wlan`, `ppp`, `slip`.
        Link = "link",
        /// IPv4.
        Ip = "ip",
        /// ARP.
        Arp = "arp",
        /// Reverse ARP.
        Rarp = "rarp",
        /// SCTP.
        Sctp = "sctp",
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
        /// ICMP for IPv4.
        Icmp = "icmp",
        /// IGMP.
        Igmp = "igmp",
        /// Cisco IGRP, protocol 9.
        Igrp = "igrp",
        /// PIM.
        Pim = "pim",
        /// VRRP.
        Vrrp = "vrrp",
        /// CARP.
        Carp = "carp",
        /// `AppleTalk`.
        Atalk = "atalk",
        /// `AppleTalk` ARP.
        Aarp = "aarp",
        /// `DECnet` phase IV.
        Decnet = "decnet",
        /// DEC LAT.
        Lat = "lat",
        /// DEC LAVC, SCA.
        Sca = "sca",
        /// DEC MOP dump/load.
        Mopdl = "mopdl",
        /// DEC MOP remote console.
        Moprc = "moprc",
        /// IPv6.
        Ip6 = "ip6",
        /// `ICMPv6`.
        Icmp6 = "icmp6",
        /// `IPsec` authentication header.
        Ah = "ah",
        /// `IPsec` encapsulating payload.
        Esp = "esp",
        /// OSI network layer.
        Iso = "iso",
        /// ES-IS.
        Esis = "esis",
        /// IS-IS.
        Isis = "isis",
        /// IS-IS level 1 packets.
        L1 = "l1",
        /// IS-IS level 2 packets.
        L2 = "l2",
        /// IS-IS hello packets.
        Iih = "iih",
        /// IS-IS link state packets.
        Lsp = "lsp",
        /// IS-IS sequence number packets.
        Snp = "snp",
        /// IS-IS partial sequence number packets.
        Psnp = "psnp",
        /// IS-IS complete sequence number packets.
        Csnp = "csnp",
        /// CLNP.
        Clnp = "clnp",
        /// Spanning tree.
        Stp = "stp",
        /// IPX.
        Ipx = "ipx",
        /// `NetBEUI`.
        Netbeui = "netbeui",
        /// Radio information in front of an 802.11 frame; only with an index.
        Radio = "radio",
    }
}

words! {
    /// An encapsulation that the text may step into.
    Tunnel {
        /// 802.1Q and 802.1ad tags; the id has 12 bits.
        Vlan = "vlan",
        /// MPLS label stack entries; the label has 20 bits.
        Mpls = "mpls",
        /// `PPPoE` discovery; has no id.
        Pppoed = "pppoed",
        /// `PPPoE` session; the session id has 16 bits.
        Pppoes = "pppoes",
        /// Geneve over UDP port 6081; the network identifier has 24 bits.
        Geneve = "geneve",
        /// VXLAN over UDP port 4789; the network identifier has 24 bits.
        Vxlan = "vxlan",
    }
}

words! {
    /// How [`Test::Byte`] compares.
    ByteOp {
        /// The byte equals the value.
        Eq = "=",
        /// The byte is less than the value.
        Lt = "<",
        /// The byte is greater than the value.
        Gt = ">",
        /// The byte and the value have a common bit.
        And = "&",
        /// The byte or the value has a bit.
        Or = "|",
    }
}

words! {
    /// An unsigned comparison.
    RelOp {
        /// Equal, also spelt `==`.
        Eq = "=",
        /// Not equal.
        Ne = "!=",
        /// Less.
        Lt = "<",
        /// Less or equal.
        Le = "<=",
        /// Greater.
        Gt = ">",
        /// Greater or equal.
        Ge = ">=",
    }
}

words! {
    /// An operator between two 32-bit numbers, modulo 2^32 and unsigned.
    BinOp {
        /// Sum.
        Add = "+",
        /// Difference.
        Sub = "-",
        /// Product.
        Mul = "*",
        /// Quotient; ends the filter without a match if the divisor is 0.
        Div = "/",
        /// Remainder; ends the filter without a match if the divisor is 0.
        Mod = "%",
        /// Bitwise and.
        And = "&",
        /// Bitwise or.
        Or = "|",
        /// Bitwise exclusive or.
        Xor = "^",
        /// Shift to the left; 0 for 32 and more.
        Shl = "<<",
        /// Logical shift to the right; 0 for 32 and more.
        Shr = ">>",
    }
}

/// An arithmetic expression in evaluation order (postfix).
///
/// Evaluate with a stack: each [`Step`] takes its operands from the top and puts
/// its result there. Exactly one value is left. The list is never empty. Steps
/// that divide by the constant 0 or shift by a constant above 31 were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arith {
    /// The steps, each with the text it stands for (of an operator: the operator alone).
    pub steps: Vec<(Step, Span)>,
}

/// One step of an [`Arith`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Puts a constant.
    Number(u32),
    /// Puts the packet's length on the wire, in bytes.
    Length,
    /// Takes an offset, puts `size` bytes from there in the header of `proto`, big-endian.
    Load {
        /// Whose header; one of those that can be indexed.
        proto: Proto,
        /// 1, 2 or 4 bytes.
        size: u8,
    },
    /// Takes one value, puts its two's complement.
    Negate,
    /// Takes the right operand, then the left one.
    Binary(BinOp),
}
