//! Guesses at what was meant where the grammar stops, from the tokens around that place.

use nbpfc_source::Span;

use super::wireshark::range;
use super::{Context, Guess, Placed, address, arithmetic, lexical, spelling, wireshark};
use crate::tokens::{Kind, Token};
use crate::tree::Proto;

/// The guesses, the surest first.
const GUESSES: &[&[Guess]] = &[
    &[wireshark::hint],
    address::GUESSES,
    arithmetic::GUESSES,
    &[
        commas,
        file_without_quotes,
        words_in_list,
        list_in_list,
        range_with_spaces,
        flags_of_tcp,
        word_as_name,
        comparison_of_id,
        one_sign_for_and,
        missing_subtype,
        misspelt,
        missing_type,
        missing_qualifier,
        missing_join,
    ],
];

/// The first guess that fits.
pub(super) fn hint(context: &Context<'_>) -> Option<String> {
    GUESSES.iter().copied().flatten().find_map(|guess| guess(context))
}

/// `port 80, 443`, outside of a set.
fn commas(context: &Context<'_>) -> Option<String> {
    let (Token::Comma, span) = context.at? else { return None };
    let in_set = matches!(context.innermost_open(), Some((Token::SetOpen, _)));
    (!in_set).then(|| lexical::list(span, context.text))
}

/// `host in file x`.
fn file_without_quotes(context: &Context<'_>) -> Option<String> {
    let ((Token::Name("in"), _), (Token::Name("file"), _)) = (context.previous(0)?, context.at?)
    else {
        return None;
    };
    Some("the name of a file stands in double quotes: `in file \"…\"`".to_owned())
}

/// `tcp flags syn`.
fn flags_of_tcp(context: &Context<'_>) -> Option<String> {
    let (Token::Name("flags"), _) = context.at? else { return None };
    let (Token::Proto(Proto::Tcp), _) = context.previous(0)? else { return None };
    let flag = context.after.first().map_or("", |(_, span)| context.source(*span));
    let is = |word: &&&str| word.strip_prefix("tcp-") == Some(flag);
    let flag = spelling::WORDS.iter().find(is).unwrap_or(&"tcp-syn");
    Some(format!("write `tcp[tcpflags] & {flag} != 0`"))
}

/// `ip proto tcp`: a word of the language where a name belongs.
fn word_as_name(context: &Context<'_>) -> Option<String> {
    let (token, span) = context.at?;
    let words = matches!(
        token,
        Token::Proto(_)
            | Token::Tunnel(_)
            | Token::Pppoed
            | Token::Llc
            | Token::AtmWord(_)
            | Token::Mtp2Word(_)
            | Token::Mtp3Field(_)
            | Token::Type
            | Token::Subtype
    );
    let word = context.source(span);
    (words && context.expects("name") && !context.expects_primitive())
        .then(|| format!("`{word}` is a word of the language; as a name it is written `\\{word}`"))
}

/// Whether the error is in parentheses in which only ids may stand.
pub(super) fn is_in_list(context: &Context<'_>) -> bool {
    matches!(context.innermost_open(), Some((Token::LParen, _)))
        && context.expects("MAC address")
        && !context.expects_primitive()
        && matches!(context.previous(0), Some((Token::And | Token::Or | Token::Not, _)))
}

/// `port (80 or 443 and tcp`: what belongs behind the parenthesis stands in it.
fn words_in_list(context: &Context<'_>) -> Option<String> {
    (context.at.is_some() && is_in_list(context))
        .then(|| "these parentheses hold ids only; close them before the next primitive".to_owned())
}

/// `port ((80 or 443) or 25)`: a list may not start with a list.
fn list_in_list(context: &Context<'_>) -> Option<String> {
    let mut back = context.before.iter().rev().map(|(token, _)| *token);
    let mut opened = 0;
    let before = back.find(|token| {
        opened += usize::from(*token == Token::LParen);
        !matches!(token, Token::LParen | Token::Number(_))
    });
    (opened > 1
        && matches!(before, Some(Token::Kind(_) | Token::Undirected(_) | Token::Src | Token::Dst)))
    .then(|| "drop the inner parentheses; a list of ids may not start with another".to_owned())
}

/// `portrange 80 - 90`.
fn range_with_spaces(context: &Context<'_>) -> Option<String> {
    let (Token::Number(_), low) = context.previous(0)? else { return None };
    let (Token::Kind(Kind::Port | Kind::Portrange), _) = context.previous(1)? else { return None };
    let ((Token::Minus | Token::Colon, _), (Token::Number(_), high)) =
        (context.at?, context.after.first()?)
    else {
        return None;
    };
    Some(format!(
        "a range is written without spaces: `portrange {}-{}`",
        context.source(low),
        context.source(*high)
    ))
}

/// `port = 80`, `host != a`, `dst port > 1023`.
fn comparison_of_id(context: &Context<'_>) -> Option<String> {
    let ((Token::Kind(kind) | Token::Undirected(kind), _), (op, op_span)) =
        (context.previous(0)?, context.at?)
    else {
        return None;
    };
    let words = head(context)?;
    let value = context.after.first().map_or("…", |(_, span)| context.source(*span));
    match op {
        Token::Eq => Some(format!("no sign stands between type and id: `{words} {value}`")),
        Token::Ne => Some(format!("write `not {words} {value}`")),
        Token::Lt | Token::Le | Token::Gt | Token::Ge if kind == Kind::Port => {
            Some(format!("write `{}`", range(words, context.source(op_span), value)?))
        }
        _ => None,
    }
}

/// `tcp & udp`, `tcp | udp`.
fn one_sign_for_and(context: &Context<'_>) -> Option<String> {
    match context.at?.0 {
        Token::Ampersand if context.expects("and") => Some("write `and` or `&&`".to_owned()),
        Token::Bar if context.expects("or") => Some("write `or` or `||`".to_owned()),
        _ => None,
    }
}

/// `type mgt beacon`.
fn missing_subtype(context: &Context<'_>) -> Option<String> {
    let (Token::Name(name), _) = context.at? else { return None };
    matches!(context.previous(1), Some((Token::Type, _))).then(|| format!("write `subtype {name}`"))
}

/// `hots 192.0.2.1`, `TCP`.
fn misspelt(context: &Context<'_>) -> Option<String> {
    let id_expected = context.expects("MAC address") && !context.expects_primitive();
    let here = context.at.filter(|_| !id_expected);
    if let Some(meant) = here.and_then(|placed| meant(context, placed)) {
        return Some(meant);
    }
    // A misspelt word is itself taken for the id, which then stands where nothing should.
    let (token, _) = context.at?;
    let (Token::Kind(_) | Token::Undirected(_), _) = context.previous(1)? else {
        let follows = is_id(token)
            || matches!(token, Token::Number(_) | Token::Kind(_) | Token::Src | Token::Dst);
        return meant(context, context.previous(0).filter(|_| follows)?);
    };
    None
}

fn meant(context: &Context<'_>, (token, span): Placed<'_>) -> Option<String> {
    let Token::Name(name) = token else { return None };
    let word = spelling::meant(name).filter(|word| *word != name)?;
    let written = context.source(span);
    Some(if written.eq_ignore_ascii_case(word) {
        format!("words are written in lower case: `{word}`")
    } else {
        format!("did you mean `{word}` instead of `{written}`?")
    })
}

/// `tcp 80`, `ip 192.0.2.1`.
fn missing_type(context: &Context<'_>) -> Option<String> {
    let ((Token::Proto(proto), words), (token, span)) = (context.previous(0)?, context.at?) else {
        return None;
    };
    let (words, id) = (context.source(words), context.source(span));
    let with_ports = matches!(proto, Proto::Tcp | Proto::Udp | Proto::Sctp);
    match token {
        Token::Number(_) | Token::Name(_) if with_ports => {
            Some(format!("write `{words} port {id}`"))
        }
        Token::Number(_) if matches!(proto, Proto::Ip | Proto::Ip6 | Proto::Link) => {
            Some(format!("write `{words} proto {id}`"))
        }
        _ if is_id(token) && with_ports => Some(format!("write `{words} and host {id}`")),
        _ if is_id(token) => Some(format!("write `{words} host {id}`")),
        _ => None,
    }
}

/// `192.0.2.1`: nothing says what it is.
fn missing_qualifier(context: &Context<'_>) -> Option<String> {
    let (token, span) = context.at.filter(|_| context.expects_primitive())?;
    let id = context.source(span);
    match token {
        Token::Mac(_) => Some(format!("write `ether host {id}`")),
        Token::Ipv4(_) | Token::Ipv6(_)
            if matches!(context.after.first(), Some((Token::Slash, _))) =>
        {
            let length = context.after.get(1).map_or("…", |(_, span)| context.source(*span));
            Some(format!("write `net {id}/{length}`"))
        }
        Token::Name(name) if name.contains('.') => Some(format!("write `host {id}`")),
        Token::Ipv4(_) | Token::Ipv6(_) => Some(format!("write `host {id}`")),
        Token::Name(_) => Some(format!("write `host {id}` or `port {id}`")),
        _ => None,
    }
}

/// `tcp port 80 host a`.
fn missing_join(context: &Context<'_>) -> Option<String> {
    let (token, _) = context.at?;
    let starts = is_id(token)
        || matches!(
            token,
            Token::Proto(_)
                | Token::Src
                | Token::Dst
                | Token::Kind(_)
                | Token::Undirected(_)
                | Token::Not
                | Token::LParen
                | Token::Less
                | Token::Greater
                | Token::Tunnel(_)
                | Token::Number(_)
                | Token::Length
                | Token::Inbound
                | Token::Outbound
                | Token::Broadcast
                | Token::Multicast
        );
    (starts && context.expects("and") && !context.expects_primitive())
        .then(|| "join two tests with `and` or `or`".to_owned())
}

fn is_id(token: Token<'_>) -> bool {
    matches!(
        token,
        Token::Ipv4(_) | Token::Ipv6(_) | Token::Mac(_) | Token::Mac8(_) | Token::Name(_)
    )
}

/// The qualifiers right before the error.
fn head<'s>(context: &Context<'s>) -> Option<&'s str> {
    let words = context.before.iter().rev().take_while(|(token, _)| {
        matches!(
            token,
            Token::Proto(_)
                | Token::Src
                | Token::Dst
                | Token::WlanAddress(_)
                | Token::Kind(_)
                | Token::Undirected(_)
        )
    });
    let span = words.map(|(_, span)| *span).reduce(Span::to)?;
    Some(context.source(span))
}
