//! Guesses about arithmetic and comparisons.

use logos::Logos;

use super::{Context, Guess};
use crate::tokens::Token;
use crate::tree::{Proto, Tunnel};

/// What is known here, the surest first.
pub(super) const GUESSES: &[Guess] = &[
    minus_without_spaces,
    swapped_operator,
    chained_comparison,
    offset_name,
    range_of_tags,
    number_alone,
];

/// `len-4`: names may contain `-`.
fn minus_without_spaces(context: &Context<'_>) -> Option<String> {
    if matches!(context.previous(0), Some((Token::Tunnel(_), _))) {
        return None;
    }
    let near = [context.at, context.previous(0)];
    let name = near.into_iter().flatten().find_map(|(token, span)| match token {
        Token::Name(name) if name.contains('-') => Some(context.source(span)),
        _ => None,
    })?;
    let arithmetic = |part: &str| {
        let mut tokens = Token::lexer(part);
        let first = tokens.next();
        matches!(first, Some(Ok(Token::Number(_) | Token::Length | Token::Proto(_))))
            && tokens.next().is_none()
    };
    let parts: Vec<&str> = name.split('-').collect();
    parts
        .iter()
        .all(|part| arithmetic(part))
        .then(|| format!("`{name}` is one name; a difference is written `{}`", parts.join(" - ")))
}

/// `=>`, `=<`.
fn swapped_operator(context: &Context<'_>) -> Option<String> {
    let ((first, _), (second, _)) = (context.previous(0)?, context.at?);
    match (first, second) {
        (Token::Eq, Token::Gt) => Some("greater or equal is written `>=`".to_owned()),
        (Token::Eq, Token::Lt) => Some("less or equal is written `<=`".to_owned()),
        (Token::Lt, Token::Gt) | (Token::Eq, Token::Not) => {
            Some("unequal is written `!=`".to_owned())
        }
        _ => None,
    }
}

/// `1 < len < 100`.
fn chained_comparison(context: &Context<'_>) -> Option<String> {
    let compares = |token: Token<'_>| {
        matches!(token, Token::Eq | Token::Ne | Token::Lt | Token::Le | Token::Gt | Token::Ge)
    };
    let term = context
        .before
        .iter()
        .rev()
        .take_while(|(token, _)| !matches!(token, Token::And | Token::Or));
    (compares(context.at?.0)
        && context.expects("and")
        && term.into_iter().any(|(token, _)| compares(*token)))
    .then(|| "write two comparisons and join them with `and`".to_owned())
}

/// `icmp[type]`, `tcp[flags]`.
fn offset_name(context: &Context<'_>) -> Option<String> {
    let ((Token::LBracket, _), (_, at)) = (context.previous(0)?, context.at?) else { return None };
    let (Token::Proto(proto), words) = context.previous(1)? else { return None };
    let name = match (proto, context.source(at)) {
        (Proto::Tcp, "flags") => "tcpflags",
        (Proto::Icmp, "type") => "icmptype",
        (Proto::Icmp, "code") => "icmpcode",
        (Proto::Icmp6, "type") => "icmp6type",
        (Proto::Icmp6, "code") => "icmp6code",
        _ => return None,
    };
    Some(format!("write `{}[{name}]`", context.source(words)))
}

/// `vlan 100-200`.
fn range_of_tags(context: &Context<'_>) -> Option<String> {
    let ((Token::Tunnel(tunnel), _), (Token::Name(name), _)) = (context.previous(0)?, context.at?)
    else {
        return None;
    };
    let (low, high) = name.split_once('-')?;
    Some(match tunnel {
        Tunnel::Vlan => format!(
            "there are no ranges of tags; write `vlan and ether[14:2] & 0xfff >= {low} and ether[14:2] & 0xfff <= {high}`"
        ),
        _ => "there are no ranges of identifiers".to_owned(),
    })
}

/// `80`, `tcp[13] & 2`: no comparison makes a test of it.
fn number_alone(context: &Context<'_>) -> Option<String> {
    let ends = matches!(context.at, None | Some((Token::And | Token::Or | Token::RParen, _)));
    if !ends || !context.expects("<=") {
        return None;
    }
    let starts =
        |token: Token<'_>| matches!(token, Token::And | Token::Or | Token::Not | Token::LParen);
    if let ((Token::Number(_), span), before) = (context.previous(0)?, context.previous(1)) {
        let number = context.source(span);
        let alone = before.is_none_or(|(token, _)| starts(token));
        if alone && number.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(format!("for a port write `port {number}`"));
        }
    }
    Some("a value is no test; compare it, as in `… != 0`".to_owned())
}
