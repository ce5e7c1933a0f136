//! Display filters of Wireshark, which are another language, and their equivalents.

use super::{Context, Placed};
use crate::tokens::Token;

/// How a field of Wireshark's is asked for here.
enum Field {
    /// Qualifiers in front of the value.
    Words(&'static str),
    /// An arithmetic expression to compare with the value.
    Value(&'static str),
    /// A bit of `tcp[tcpflags]`.
    Flag(&'static str),
}

/// The proposal if the error is at, or just behind, the name of a field.
pub(super) fn hint(context: &Context<'_>) -> Option<String> {
    let here: Vec<Placed<'_>> =
        context.at.into_iter().chain(context.after.iter().copied()).collect();
    let tokens: Vec<Placed<'_>> =
        context.previous(0).into_iter().chain(here.iter().copied()).collect();
    let (name, rest) = field_first(&here).or_else(|| field_first(&tokens))?;
    let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == name) else {
        let (op, _) = rest.first()?;
        operator(*op)?;
        return Some(format!(
            "`{name}` looks like a field of Wireshark's, which has another language"
        ));
    };
    if let (Field::Words(words), Some((Token::SetOpen, _))) = (field, rest.first()) {
        return Some(format!("`{name}` is Wireshark's; here write `{words} in {{…}}`"));
    }
    let (op, value) = match rest {
        [(op, _), (_, value), ..] => (operator(*op), context.source(*value)),
        _ => (None, "…"),
    };
    let (op, value) = op.map_or((RelOp::Equal, "…"), |op| (op, value));
    let here = match field {
        Field::Words(words) => match op {
            RelOp::Equal => format!("{words} {value}"),
            RelOp::Unequal => format!("not {words} {value}"),
            RelOp::Other(op) => range(words, op, value)?,
        },
        Field::Value(of) => match op {
            RelOp::Equal => format!("{of} = {value}"),
            RelOp::Unequal => format!("{of} != {value}"),
            RelOp::Other(op) => format!("{of} {op} {value}"),
        },
        Field::Flag(flag) => {
            let op = if (op == RelOp::Equal) == (value == "0") { "=" } else { "!=" };
            format!("tcp[tcpflags] & {flag} {op} 0")
        }
    };
    Some(format!("`{name}` is Wireshark's; here write `{here}`"))
}

/// What Wireshark compares with.
#[derive(Clone, Copy, PartialEq)]
enum RelOp {
    Equal,
    Unequal,
    Other(&'static str),
}

fn operator(token: Token<'_>) -> Option<RelOp> {
    Some(match token {
        Token::Eq | Token::Name("eq") => RelOp::Equal,
        Token::Ne | Token::Name("ne") => RelOp::Unequal,
        Token::Gt | Token::Name("gt") => RelOp::Other(">"),
        Token::Lt | Token::Name("lt") => RelOp::Other("<"),
        Token::Ge | Token::Name("ge") => RelOp::Other(">="),
        Token::Le | Token::Name("le") => RelOp::Other("<="),
        _ => return None,
    })
}

/// `port > 1024` as a range of ports; nothing else has ranges.
pub(super) fn range(words: &str, op: &str, value: &str) -> Option<String> {
    let words = words.strip_suffix("port")?;
    let value: u16 = value.parse().ok()?;
    let (low, high) = match op {
        ">" => (value.checked_add(1)?, u16::MAX),
        ">=" => (value, u16::MAX),
        "<" => (0, value.checked_sub(1)?),
        _ => (0, value),
    };
    Some(format!("{words}portrange {low}-{high}"))
}

fn field_first<'t, 's>(tokens: &'t [Placed<'s>]) -> Option<(&'s str, &'t [Placed<'s>])> {
    match tokens {
        [(Token::Name(name), _), rest @ ..] if name.contains('.') => Some((name, rest)),
        _ => None,
    }
}

/// Fields that have an equivalent.
const FIELDS: &[(&str, Field)] = &[
    ("ip.addr", Field::Words("host")),
    ("ip.host", Field::Words("host")),
    ("ip.src", Field::Words("src host")),
    ("ip.dst", Field::Words("dst host")),
    ("ipv6.addr", Field::Words("ip6 host")),
    ("ipv6.src", Field::Words("ip6 src host")),
    ("ipv6.dst", Field::Words("ip6 dst host")),
    ("ip.proto", Field::Words("ip proto")),
    ("ipv6.nxt", Field::Words("ip6 proto")),
    ("eth.addr", Field::Words("ether host")),
    ("eth.src", Field::Words("ether src")),
    ("eth.dst", Field::Words("ether dst")),
    ("eth.type", Field::Words("ether proto")),
    ("tcp.port", Field::Words("tcp port")),
    ("tcp.srcport", Field::Words("tcp src port")),
    ("tcp.dstport", Field::Words("tcp dst port")),
    ("udp.port", Field::Words("udp port")),
    ("udp.srcport", Field::Words("udp src port")),
    ("udp.dstport", Field::Words("udp dst port")),
    ("sctp.port", Field::Words("sctp port")),
    ("sctp.srcport", Field::Words("sctp src port")),
    ("sctp.dstport", Field::Words("sctp dst port")),
    ("vlan.id", Field::Words("vlan")),
    ("mpls.label", Field::Words("mpls")),
    ("vxlan.vni", Field::Words("vxlan")),
    ("geneve.vni", Field::Words("geneve")),
    ("arp.src.proto_ipv4", Field::Words("arp src host")),
    ("arp.dst.proto_ipv4", Field::Words("arp dst host")),
    ("frame.len", Field::Value("len")),
    ("ip.ttl", Field::Value("ip[8]")),
    ("ip.len", Field::Value("ip[2:2]")),
    ("ip.id", Field::Value("ip[4:2]")),
    ("ipv6.hlim", Field::Value("ip6[7]")),
    ("ipv6.plen", Field::Value("ip6[4:2]")),
    ("tcp.flags", Field::Value("tcp[tcpflags]")),
    ("tcp.window_size_value", Field::Value("tcp[14:2]")),
    ("tcp.seq_raw", Field::Value("tcp[4:4]")),
    ("tcp.ack_raw", Field::Value("tcp[8:4]")),
    ("udp.length", Field::Value("udp[4:2]")),
    ("icmp.type", Field::Value("icmp[icmptype]")),
    ("icmp.code", Field::Value("icmp[icmpcode]")),
    ("icmpv6.type", Field::Value("icmp6[icmp6type]")),
    ("icmpv6.code", Field::Value("icmp6[icmp6code]")),
    ("arp.opcode", Field::Value("arp[6:2]")),
    ("tcp.flags.syn", Field::Flag("tcp-syn")),
    ("tcp.flags.ack", Field::Flag("tcp-ack")),
    ("tcp.flags.fin", Field::Flag("tcp-fin")),
    ("tcp.flags.reset", Field::Flag("tcp-rst")),
    ("tcp.flags.push", Field::Flag("tcp-push")),
    ("tcp.flags.urg", Field::Flag("tcp-urg")),
];
