//! Trees as text, in one spelling.
//!
//! Every qualifier is written out and every operation is in parentheses, so the
//! text shows what the front end understood. Read again, it gives the same tree,
//! apart from names with several addresses and gateways, which become the
//! addresses themselves.

use std::collections::VecDeque;
use std::fmt::{self, Display, Formatter, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::resolve::{LLC_SUPERVISORY, LLC_UNNUMBERED, PF_ACTIONS};
use crate::tree::{
    AddressTest, Arith, Comparison, Dir, Expr, ExprKind, Filter, Layer, LlcTest, Members, Network,
    Op, Over, PfTest, RelOp, SetTest, Step, Test, Transport, WlanTest,
};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.root.iter().try_for_each(|root| root.fmt(f))
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Test(test) => test.fmt(f),
            ExprKind::Not(inner) => {
                f.write_str("not ")?;
                operand(inner, f)
            }
            ExprKind::Chain { first, rest } => {
                operand(first, f)?;
                for (op, expr) in rest {
                    f.write_str(match op {
                        Op::And => " and ",
                        Op::Or => " or ",
                    })?;
                    operand(expr, f)?;
                }
                Ok(())
            }
        }
    }
}

fn operand(expr: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    match expr.kind {
        ExprKind::Test(_) => expr.fmt(f),
        ExprKind::Not(_) | ExprKind::Chain { .. } => write!(f, "({expr})"),
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(proto) => f.write_str(proto.word()),
            Self::Address(test) => address(test, f),
            Self::Set(test) => set(test, f),
            Self::Mac { dir, mac } => {
                write!(f, "link {}host ", Words(*dir))?;
                mac_address(*mac, f)
            }
            Self::Mac8 { dir, mac } => write!(f, "link {}host ${mac:02x}", Words(*dir)),
            Self::Decnet { dir, node } => {
                write!(f, "decnet {}host {}.{}", Words(*dir), node >> 10, node & 0x3ff)
            }
            Self::Gateway { over, mac, hosts } => {
                write!(f, "{}gateway ", over_word(*over))?;
                mac_address(*mac, f)?;
                hosts.iter().try_for_each(|host| write!(f, " {}", Ipv4Addr::from_bits(*host)))
            }
            Self::Ports { transport, dir, low, high } => {
                transport_word(*transport, f)?;
                let dir = Words(*dir);
                if low == high {
                    write!(f, "{dir}port {low}")
                } else {
                    write!(f, "{dir}portrange {low}-{high}")
                }
            }
            Self::PayloadProtocol { layer, number } => {
                write!(f, "{}proto {number:#x}", layer_word(*layer))
            }
            Self::ProtocolChain { layer, number } => {
                write!(f, "{}protochain {number:#x}", layer_word(*layer))
            }
            Self::LinkBroadcast => f.write_str("link broadcast"),
            Self::LinkMulticast => f.write_str("link multicast"),
            Self::IpBroadcast => f.write_str("ip broadcast"),
            Self::IpMulticast => f.write_str("ip multicast"),
            Self::Ip6Multicast => f.write_str("ip6 multicast"),
            Self::Less(length) => write!(f, "less {length}"),
            Self::Greater(length) => write!(f, "greater {length}"),
            Self::Byte { offset, op, value } => write!(f, "byte {offset} {} {value:#x}", op.word()),
            Self::Inbound => f.write_str("inbound"),
            Self::Outbound => f.write_str("outbound"),
            Self::Ifindex(index) => write!(f, "ifindex {index}"),
            Self::Tunnel { tunnel, id: None } => f.write_str(tunnel.word()),
            Self::Tunnel { tunnel, id: Some(id) } => write!(f, "{} {id}", tunnel.word()),
            Self::Pf(test) => pf(test, f),
            Self::Wlan(WlanTest::Type(bits)) => write!(f, "type {bits:#x}"),
            Self::Wlan(WlanTest::Subtype(bits)) => {
                write!(f, "type {:#x} subtype {:#x}", bits & 0x0c, bits & 0xf0)
            }
            Self::Wlan(WlanTest::Direction(bits)) => write!(f, "dir {bits:#x}"),
            Self::Llc(test) => llc(*test, f),
            Self::Atm(word) => f.write_str(word.word()),
            Self::AtmField { field, values } => comparisons(field.word(), values, f),
            Self::Mtp2(word) => f.write_str(word.word()),
            Self::Mtp3Field { field, values } => comparisons(field.word(), values, f),
            Self::Relation { left, op, right } => write!(f, "{left} {} {right}", op.word()),
        }
    }
}

/// A direction with a space behind it; nothing for either.
struct Words(Dir);

impl Display for Words {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Dir::SrcOrDst => "",
            Dir::Src => "src ",
            Dir::Dst => "dst ",
            Dir::SrcAndDst => "src and dst ",
            Dir::Addr1 => "addr1 ",
            Dir::Addr2 => "addr2 ",
            Dir::Addr3 => "addr3 ",
            Dir::Addr4 => "addr4 ",
            Dir::Ra => "ra ",
            Dir::Ta => "ta ",
        })
    }
}

fn address(test: &AddressTest, f: &mut Formatter<'_>) -> fmt::Result {
    let (before, after) = if test.networks.len() > 1 { ("(", ")") } else { ("", "") };
    write!(f, "{}{}", over_word(test.over), Words(test.dir))?;
    let host = test.networks.iter().all(is_single);
    write!(f, "{} {before}", if host { "host" } else { "net" })?;
    for (i, one) in test.networks.iter().enumerate() {
        if i > 0 {
            f.write_str(" or ")?;
        }
        network(one, host, f)?;
    }
    f.write_str(after)
}

fn is_single(network: &Network) -> bool {
    match network {
        Network::V4 { mask, .. } => *mask == u32::MAX,
        Network::V6 { prefix, .. } => *prefix == 128,
    }
}

fn network(network: &Network, host: bool, f: &mut Formatter<'_>) -> fmt::Result {
    match network {
        Network::V4 { address, mask } if host || *mask == u32::MAX => {
            write!(f, "{}", Ipv4Addr::from_bits(*address))
        }
        Network::V4 { address, mask } => {
            write!(f, "{} mask {}", Ipv4Addr::from_bits(*address), Ipv4Addr::from_bits(*mask))
        }
        Network::V6 { address, prefix: 128 } => write!(f, "{}", Ipv6Addr::from_bits(*address)),
        Network::V6 { address, prefix } => {
            write!(f, "{}/{prefix}", Ipv6Addr::from_bits(*address))
        }
    }
}

fn set(test: &SetTest, f: &mut Formatter<'_>) -> fmt::Result {
    let dir = Words(test.dir);
    match &test.members {
        Members::Addresses { over, networks } => {
            let host = networks.iter().all(is_single);
            write!(f, "{}{dir}{} in {{", over_word(*over), if host { "host" } else { "net" })?;
            separated(networks, f, |one, f| match one {
                Network::V4 { address, mask } if *mask != u32::MAX => {
                    write!(f, "{}/{}", Ipv4Addr::from_bits(*address), mask.leading_ones())
                }
                one => network(one, host, f),
            })?;
        }
        Members::Ports { transport, ranges } => {
            transport_word(*transport, f)?;
            write!(f, "{dir}port in {{")?;
            separated(ranges, f, |(low, high), f| {
                if low == high { write!(f, "{low}") } else { write!(f, "{low}-{high}") }
            })?;
        }
        Members::Stations(stations) => {
            write!(f, "link {dir}host in {{")?;
            separated(stations, f, |mac, f| mac_address(*mac, f))?;
        }
    }
    f.write_char('}')
}

fn separated<T>(
    all: &[T],
    f: &mut Formatter<'_>,
    mut show: impl FnMut(&T, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (i, one) in all.iter().enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        show(one, f)?;
    }
    Ok(())
}

fn mac_address(mac: [u8; 6], f: &mut Formatter<'_>) -> fmt::Result {
    for (i, byte) in mac.iter().enumerate() {
        write!(f, "{}{byte:02x}", if i == 0 { "" } else { ":" })?;
    }
    Ok(())
}

fn transport_word(transport: Option<Transport>, f: &mut Formatter<'_>) -> fmt::Result {
    transport.map_or(Ok(()), |transport| write!(f, "{} ", transport.word()))
}

fn over_word(over: Over) -> &'static str {
    match over {
        Over::Any => "",
        Over::Ip => "ip ",
        Over::Arp => "arp ",
        Over::Rarp => "rarp ",
        Over::Ip6 => "ip6 ",
    }
}

fn layer_word(layer: Layer) -> &'static str {
    match layer {
        Layer::Any => "",
        Layer::Link => "link ",
        Layer::Ip => "ip ",
        Layer::Ip6 => "ip6 ",
        Layer::Iso => "iso ",
        Layer::Isis => "isis ",
    }
}

fn name_of(table: &[(&'static str, u8)], value: u32) -> &'static str {
    table.iter().find(|(_, known)| u32::from(*known) == value).map_or("?", |(name, _)| name)
}

fn pf(test: &PfTest, f: &mut Formatter<'_>) -> fmt::Result {
    match test {
        PfTest::Interface(name) => write!(f, "ifname \\{name}"),
        PfTest::Ruleset(name) => write!(f, "ruleset \\{name}"),
        PfTest::Rule(number) => write!(f, "rulenum {number}"),
        PfTest::Subrule(number) => write!(f, "subrulenum {number}"),
        PfTest::Reason(number) => write!(f, "reason {number}"),
        PfTest::Action(number) => write!(f, "action {}", name_of(PF_ACTIONS, *number)),
    }
}

fn llc(test: LlcTest, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match test {
        LlcTest::Any => "llc",
        LlcTest::I => "llc i",
        LlcTest::S => "llc s",
        LlcTest::U => "llc u",
        LlcTest::Supervisory(bits) => {
            return write!(f, "llc {}", name_of(LLC_SUPERVISORY, bits.into()));
        }
        LlcTest::Unnumbered(bits) => {
            return write!(f, "llc {}", name_of(LLC_UNNUMBERED, bits.into()));
        }
    })
}

fn comparisons(field: &str, values: &[Comparison], f: &mut Formatter<'_>) -> fmt::Result {
    match values {
        [Comparison { op: RelOp::Eq, value, .. }] => write!(f, "{field} {value}"),
        [Comparison { op, value, .. }] => write!(f, "{field} {} {value}", op.word()),
        _ => {
            write!(f, "{field} (")?;
            for (i, value) in values.iter().enumerate() {
                write!(f, "{}{}", if i == 0 { "" } else { " or " }, value.value)?;
            }
            f.write_char(')')
        }
    }
}

impl Display for Arith {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut stack: Vec<VecDeque<String>> = Vec::new();
        let last = self.steps.len().saturating_sub(1);
        for (i, (step, _)) in self.steps.iter().enumerate() {
            let top = stack
                .pop_if(|_| matches!(step, Step::Load { .. } | Step::Negate | Step::Binary(_)));
            let mut pieces = top.unwrap_or_default();
            match step {
                Step::Number(number) => pieces.push_back(number.to_string()),
                Step::Length => pieces.push_back("len".to_owned()),
                Step::Load { proto, size } => {
                    pieces.push_front(format!("{}[", proto.word()));
                    pieces.push_back(format!(":{size}]"));
                }
                Step::Negate => pieces.push_front("-".to_owned()),
                Step::Binary(op) => {
                    let right = pieces;
                    pieces = stack.pop().unwrap_or_default();
                    pieces.push_back(format!(" {} ", op.word()));
                    join(&mut pieces, right);
                }
            }
            if i != last && matches!(step, Step::Negate | Step::Binary(_)) {
                pieces.push_front("(".to_owned());
                pieces.push_back(")".to_owned());
            }
            stack.push(pieces);
        }
        stack.iter().flatten().try_for_each(|piece| f.write_str(piece))
    }
}

/// Appends by moving the shorter of the two, so that long chains take no quadratic time.
fn join(left: &mut VecDeque<String>, mut right: VecDeque<String>) {
    if left.len() >= right.len() {
        left.append(&mut right);
        return;
    }
    while let Some(piece) = left.pop_back() {
        right.push_front(piece);
    }
    *left = right;
}
