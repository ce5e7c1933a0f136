//! Ports: numbers, service names, ranges.

use nbpfc_source::{Code, Span};

use super::error::{Fail, direction};
use super::{Qualifiers, Resolver};
use crate::names::Service;
use crate::tokens::{LexError, read_number};
use crate::tree::{Dir, Proto, Test, Transport};

impl Resolver<'_> {
    /// `port 80`; `portrange 80` means the same.
    pub(super) fn port_number(&self, span: Span, number: u32, q: Qualifiers) -> Result<Test, Fail> {
        let transport = self.transport(span, &q)?;
        let port = self.port(span, number)?;
        Ok(Test::Ports { transport, dir: q.dir, low: port, high: port })
    }

    /// `port http`.
    pub(super) fn port_name(&self, span: Span, name: &str, q: Qualifiers) -> Result<Test, Fail> {
        let wanted = self.transport(span, &q)?;
        let Some((port, transport)) = self.service(span, name, wanted, "port")? else {
            let fail = self.fail(Code::UnknownName, span, format!("unknown port '{name}'"));
            return Err(Box::new(if is_range(name) {
                fail.help(format!("a range is written `portrange {name}`"))
            } else {
                fail.note("names of ports come from /etc/services")
            }));
        };
        Ok(Test::Ports { transport, dir: q.dir, low: port, high: port })
    }

    /// `portrange 6000-6008`, in either order.
    pub(super) fn port_range(&self, span: Span, text: &str, q: Qualifiers) -> Result<Test, Fail> {
        let wanted = self.transport(span, &q)?;
        let (first, second) = self.ends(span, text)?;
        // As libpcap has it, ends of two transports are of any (`pcapint_nametoportrange`, nametoaddr.c).
        let (one, one_transport) = self.range_end(span, first, wanted)?;
        let (two, two_transport) = self.range_end(span, second, wanted)?;
        let own = if one_transport == two_transport { one_transport } else { None };
        if let (Some(wanted), Some(own)) = (wanted, own)
            && wanted != own
        {
            let message = format!("port in range '{text}' is {}", own.word());
            return Err(Box::new(self.fail(Code::BadQualifier, span, message)));
        }
        let transport = wanted.or(own);
        Ok(Test::Ports { transport, dir: q.dir, low: one.min(two), high: one.max(two) })
    }

    /// Splits a range in two. Names of services may have hyphens themselves: the first split that makes sense counts.
    fn ends<'s>(&self, span: Span, text: &'s str) -> Result<(&'s str, &'s str), Fail> {
        let known =
            |end: &str| end.parse::<u16>().is_ok() || self.names.service(end) != Service::default();
        let mut splits = text.match_indices('-').map(|(at, _)| (&text[..at], &text[at + 1..]));
        let message = match (splits.next(), splits.clone().next()) {
            (None, _) => "contains no hyphen",
            (Some(("", _)), None) => "has no starting port",
            (Some((_, "")), None) => "has no ending port",
            (Some(only), None) => return Ok(only),
            (Some(first), Some(_)) => {
                let mut all = std::iter::once(first).chain(splits);
                match all.find(|(low, high)| known(low) && known(high)) {
                    Some(split) => return Ok(split),
                    None => "contains more than one hyphen",
                }
            }
        };
        let fail = self.fail(Code::BadValue, span, format!("port range '{text}' {message}"));
        Err(Box::new(
            fail.help("write the lowest and the highest port, as in `portrange 6000-6008`"),
        ))
    }

    fn range_end(
        &self,
        span: Span,
        text: &str,
        wanted: Option<Transport>,
    ) -> Result<(u16, Option<Transport>), Fail> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return match read_number(text) {
                Ok(number) => Ok((self.port(span, number)?, None)),
                Err(LexError::NotOctal) => {
                    let message = format!("number {text} contains non-octal digit");
                    Err(Box::new(self.fail(Code::BadToken, span, message)))
                }
                Err(_) => Err(Box::new(self.fail(
                    Code::BadToken,
                    span,
                    format!("number {text} overflows 32 bits"),
                ))),
            };
        }
        let known = self.names.service(text);
        if let Some(port) = wanted.and_then(|wanted| over(known, wanted)) {
            return Ok((port, None));
        }
        self.service(span, text, None, "port in range")?.ok_or_else(|| {
            let fail = self.fail(Code::UnknownName, span, format!("'{text}' is not a valid port"));
            Box::new(fail.note("names of ports come from /etc/services"))
        })
    }

    /// Looks a service up. Which transports the name stands for matters only if none is wanted.
    fn service(
        &self,
        span: Span,
        name: &str,
        wanted: Option<Transport>,
        what: &str,
    ) -> Result<Option<(u16, Option<Transport>)>, Fail> {
        if let Ok(port) = name.parse::<u16>() {
            // A number behind a `\` arrives here as a name.
            return Ok(Some((port, wanted)));
        }
        let known = self.names.service(name);
        let both = known.tcp.filter(|tcp| known.udp == Some(*tcp));
        let first = || {
            TRANSPORTS.into_iter().find_map(|transport| Some((over(known, transport)?, transport)))
        };
        let Some(transport) = wanted else {
            let only = first().map(|(port, transport)| (port, Some(transport)));
            return Ok(both.map(|port| (port, None)).or(only));
        };
        let both = both.filter(|_| transport == Transport::Sctp);
        if let Some(port) = over(known, transport).or(both) {
            return Ok(Some((port, wanted)));
        }
        let Some((_, other)) = first() else { return Ok(None) };
        let message = format!("{what} '{name}' is {}", other.word());
        Err(Box::new(self.fail(Code::BadQualifier, span, message)))
    }

    fn transport(&self, span: Span, q: &Qualifiers) -> Result<Option<Transport>, Fail> {
        let transport = match q.proto {
            None => None,
            Some(Proto::Tcp) => Some(Transport::Tcp),
            Some(Proto::Udp) => Some(Transport::Udp),
            Some(Proto::Sctp) => Some(Transport::Sctp),
            Some(proto) => {
                let fail = self.bad_qualifier(proto.word(), q.kind().word(), q, span);
                return Err(Box::new(fail.help("only `tcp`, `udp` and `sctp` have ports")));
            }
        };
        if matches!(q.dir, Dir::Src | Dir::Dst | Dir::SrcOrDst | Dir::SrcAndDst) {
            return Ok(transport);
        }
        Err(Box::new(self.bad_qualifier(direction(q.dir), q.kind().word(), q, span)))
    }

    fn port(&self, span: Span, number: u32) -> Result<u16, Fail> {
        self.at_most("port number", span, number, u32::from(u16::MAX))?;
        Ok(number as u16)
    }
}

/// Two port numbers with a hyphen.
pub(super) fn is_range(name: &str) -> bool {
    name.split_once('-')
        .is_some_and(|(low, high)| [low, high].iter().all(|end| end.parse::<u16>().is_ok()))
}

const TRANSPORTS: [Transport; 3] = [Transport::Tcp, Transport::Udp, Transport::Sctp];

/// The port of a service over a protocol.
const fn over(known: Service, transport: Transport) -> Option<u16> {
    match transport {
        Transport::Tcp => known.tcp,
        Transport::Udp => known.udp,
        Transport::Sctp => known.sctp,
    }
}
