//! What is wrong with words that the grammar accepts.

use nbpfc_source::{Code, Diagnostic, Span};

use super::{Qualifiers, Resolver};
use crate::syntax::{Id, IdKind};
use crate::tokens::Kind;
use crate::tree::Dir;

/// A diagnostic on its way out; boxed because it is large and rare.
pub(super) type Fail = Box<Diagnostic>;

impl Resolver<'_> {
    pub(super) fn fail(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message, self.file, span)
    }

    /// A value above what its field holds.
    pub(super) fn at_most(
        &self,
        what: &str,
        span: Span,
        value: u32,
        maximum: u32,
    ) -> Result<(), Fail> {
        if value <= maximum {
            return Ok(());
        }
        let message = format!("{what} {value} greater than maximum {maximum}");
        Err(Box::new(self.fail(Code::BadValue, span, message)))
    }

    /// The words in front do not fit the id.
    pub(super) fn bad_qualifier(
        &self,
        word: &str,
        target: &str,
        qualifiers: &Qualifiers,
        id: Span,
    ) -> Diagnostic {
        let message = format!("'{word}' is not a valid qualifier for '{target}'");
        self.fail(Code::BadQualifier, qualifiers.span, message).related(id, "applied to this")
    }

    /// Refuses the directions that only 802.11 frames have.
    pub(super) fn no_wlan_direction(&self, qualifiers: &Qualifiers) -> Result<(), Fail> {
        let Some(word) = wlan_word(qualifiers.dir) else { return Ok(()) };
        let message = format!("'{word}' is valid for 802.11 syntax only");
        let fail = self.fail(Code::BadQualifier, qualifiers.span, message);
        Err(Box::new(fail.help(
            "use `src` or `dst`; the addresses of 802.11 frames are tested with `wlan addr1 …`",
        )))
    }

    /// An id with no words of its own, after something that has none to give.
    pub(super) fn nothing_to_take(&self, id: &Id<'_>) -> Fail {
        let text = self.source(id.span);
        let fail = self
            .fail(Code::BadQualifier, id.span, format!("nothing says what `{text}` is"))
            .label("no qualifiers to the left that it could take")
            .note(
                "an id alone takes the qualifiers of the primitive before it; \
                 parentheses, protocol words, comparisons and encapsulations have none to give",
            );
        let before = self.text.before(id.span.start);
        let is_number = matches!(id.value, IdKind::Number(_));
        // What is no number is no id of these either.
        let unless = move |own| if is_number { own } else { "…" };
        Box::new(match last_primitive(before) {
            Some(Last::Words(words)) => fail.help(format!("write `{words} {text}`")),
            Some(Last::Vlan(own)) => fail
                .note("every further `vlan` looks for one more tag inside the last one")
                .help(format!("to allow several ids of one tag, write `vlan and (ether[14:2] & 0xfff = {} or ether[14:2] & 0xfff = {text})`", unless(own))),
            Some(Last::Mpls(own)) => fail
                .note("every further `mpls` looks for one more label behind the last one")
                .help(format!("to allow several of one label, write `mpls and (ether[14:4] >> 12 = {} or ether[14:4] >> 12 = {text})`", unless(own))),
            None => fail.help(match id.value {
                IdKind::Number(_) => format!("write `port {text}`"),
                IdKind::Mac(_) => format!("write `ether host {text}`"),
                IdKind::Ipv4Prefix(..) | IdKind::Ipv4Mask(..) | IdKind::Ipv6Prefix(..) => format!("write `net {text}`"),
                _ => format!("write `host {text}`"),
            }),
        })
    }
}

/// The word of a direction that only 802.11 has.
fn wlan_word(dir: Dir) -> Option<&'static str> {
    match dir {
        Dir::Addr1 => Some("addr1"),
        Dir::Addr2 => Some("addr2"),
        Dir::Addr3 => Some("addr3"),
        Dir::Addr4 => Some("addr4"),
        Dir::Ra => Some("ra"),
        Dir::Ta => Some("ta"),
        Dir::Src | Dir::Dst | Dir::SrcOrDst | Dir::SrcAndDst => None,
    }
}

/// The word of a direction.
pub(super) fn direction(dir: Dir) -> &'static str {
    match dir {
        Dir::Src => "src",
        Dir::Dst => "dst",
        Dir::SrcOrDst => "src or dst",
        Dir::SrcAndDst => "src and dst",
        Dir::Addr1 | Dir::Addr2 | Dir::Addr3 | Dir::Addr4 | Dir::Ra | Dir::Ta => {
            wlan_word(dir).unwrap_or_default()
        }
    }
}

/// The end of the text before an id, if it suggests what was meant.
enum Last<'s> {
    /// Qualifiers of the last primitive that has some.
    Words(&'s str),
    /// With its own id.
    Vlan(&'s str),
    /// With its own id.
    Mpls(&'s str),
}

/// Finds the last qualifiers in a text by its words alone; good enough for a proposal.
fn last_primitive(text: &str) -> Option<Last<'_>> {
    let words: Vec<&str> = text
        .split([' ', '(', ')', '\t', '\n', '\r'])
        .filter(|word| !word.is_empty())
        .rev()
        .take(12)
        .collect();
    let types = [Kind::Host, Kind::Net, Kind::Port, Kind::Portrange].map(Kind::word);
    let qualifier = |word: &&str| {
        types.contains(word)
            || ["src", "dst", "tcp", "udp", "sctp", "ip", "ip6", "arp", "ether"].contains(word)
    };
    let decides = |word: &&str| types.contains(word) || ["vlan", "mpls"].contains(word);
    let mut words = words.into_iter().peekable();
    let mut own = None;
    while let Some(word) = words.next_if(|word| !decides(word)) {
        own = Some(word);
    }
    let own = own.filter(|own| own.starts_with(|c: char| c.is_ascii_digit())).unwrap_or("…");
    match words.peek() {
        Some(&"vlan") => return Some(Last::Vlan(own)),
        Some(&"mpls") => return Some(Last::Mpls(own)),
        _ => {}
    }
    let run: Vec<&str> = words.take_while(qualifier).collect();
    let (last, first) = (run.first()?, run.last()?);
    let start = first.as_ptr() as usize - text.as_ptr() as usize;
    let end = last.as_ptr() as usize + last.len() - text.as_ptr() as usize;
    text.get(start..end).map(Last::Words)
}
