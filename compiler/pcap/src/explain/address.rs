//! Guesses about addresses that are written as elsewhere.

use super::{Context, Guess};
use crate::tokens::Token;

/// What is known here, the surest first.
pub(super) const GUESSES: &[Guess] =
    &[short_network, mask_behind_slash, port_behind_colon, zone, brackets, asterisk, digits_as_mac];

/// `net 10/8`, `net 10 mask 255.0.0.0`, `net 10.0.0.0 mask 255`.
fn short_network(context: &Context<'_>) -> Option<String> {
    let ((before, span), (at, at_span)) = (context.previous(0)?, context.at?);
    let (first, here) = (context.source(span), context.source(at_span));
    let next = context.after.first().map_or("…", |(_, span)| context.source(*span));
    match (before, at) {
        (Token::Number(_), Token::Slash)
            if !context.expects("/") && !matches!(context.previous(1), Some((Token::Slash, _))) =>
        {
            Some(format!("a network has at least two parts: `net {first}.0.0.0/{next}`"))
        }
        (Token::Number(_), Token::Mask) => {
            Some(format!("a network has at least two parts: `net {first}.0.0.0 mask {next}`"))
        }
        (Token::Mask, Token::Number(_)) => {
            Some(format!("a mask has at least two parts: `mask {here}.0.0.0`"))
        }
        _ => None,
    }
}

/// `net 192.0.2.0/255.255.255.0`.
fn mask_behind_slash(context: &Context<'_>) -> Option<String> {
    let ((Token::Slash, _), (Token::Ipv4(mask), _)) = (context.previous(0)?, context.at?) else {
        return None;
    };
    let (Token::Ipv4(address), _) = context.previous(1)? else { return None };
    Some(format!("write `net {address} mask {mask}`"))
}

/// `host 192.0.2.1:80`.
fn port_behind_colon(context: &Context<'_>) -> Option<String> {
    let ((Token::Ipv4(_) | Token::Name(_), span), (Token::Colon, _)) =
        (context.previous(0)?, context.at?)
    else {
        return None;
    };
    let port = context.after.first().map_or("…", |(_, span)| context.source(*span));
    let host = context.source(span);
    Some(format!("address and port are two tests: `host {host} and port {port}`"))
}

/// `host fe80::1%eth0`.
fn zone(context: &Context<'_>) -> Option<String> {
    let ((Token::Ipv6(_), span), (Token::Percent, _)) = (context.previous(0)?, context.at?) else {
        return None;
    };
    Some(format!("packets do not have the zone of an address: write `{}`", context.source(span)))
}

/// `host [fe80::1]`.
fn brackets(context: &Context<'_>) -> Option<String> {
    let ((Token::LBracket, _), (Token::Ipv6(_), span)) = (context.at?, *context.after.first()?)
    else {
        return None;
    };
    Some(format!("addresses are written without brackets: `{}`", context.source(span)))
}

/// `net 192.0.2.*`.
fn asterisk(context: &Context<'_>) -> Option<String> {
    let ((Token::Name(name), _), (Token::Star, _)) = (context.previous(0)?, context.at?) else {
        return None;
    };
    let prefix = name.strip_suffix('.')?;
    Some(format!("write the parts that are known: `net {prefix}`"))
}

/// `ip[0] = 012345670123`: twelve digits are an address.
fn digits_as_mac(context: &Context<'_>) -> Option<String> {
    let (Token::Mac(_), span) = context.at? else { return None };
    let digits = context.source(span);
    (context.expects("number") && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| {
        "twelve digits are a MAC address; write the number in hexadecimal, with `0x`".to_owned()
    })
}
