//! Sets of ids, written in braces or in a file.

use logos::Logos;
use nbpfc_source::{Code, Label, Span};

use super::error::Fail;
use super::port::is_range;
use super::{MAX_ERRORS, Qualifiers, Resolver, chain, leaf};
use crate::syntax::{At, Id, IdKind};
use crate::text::Text;
use crate::tokens::{Kind, Token};
use crate::tree::{AddressTest, Expr, Members, Network, Op, Proto, SetTest, Test};

/// The sets of one expression, one for each way to ask: service names may be of one transport only.
#[derive(Default)]
struct Sets {
    all: Vec<SetTest>,
}

impl Sets {
    /// Takes in what a member asks for alone. False if sets are not of such things.
    fn add(&mut self, test: Test) -> bool {
        let new = match test {
            Test::Address(AddressTest { over, dir, networks }) => {
                let plain = |network: &Network| match network {
                    Network::V4 { mask, .. } => {
                        mask.leading_ones() + mask.trailing_zeros() >= u32::BITS
                    }
                    Network::V6 { .. } => true,
                };
                if !networks.iter().all(plain) {
                    return false;
                }
                SetTest { dir, members: Members::Addresses { over, networks } }
            }
            Test::Ports { transport, dir, low, high } => {
                SetTest { dir, members: Members::Ports { transport, ranges: vec![(low, high)] } }
            }
            Test::Mac { dir, mac } => SetTest { dir, members: Members::Stations(vec![mac]) },
            _ => return false,
        };
        for old in &mut self.all {
            match (&mut old.members, &new.members) {
                (
                    Members::Addresses { over, networks },
                    Members::Addresses { over: same, networks: more },
                ) if over == same => networks.extend(more),
                (
                    Members::Ports { transport, ranges },
                    Members::Ports { transport: same, ranges: more },
                ) if transport == same => ranges.extend(more),
                (Members::Stations(stations), Members::Stations(more)) => stations.extend(more),
                _ => continue,
            }
            return true;
        }
        self.all.push(new);
        true
    }

    /// What asks whether the field is in any of them.
    fn expr(self, span: Span) -> Option<Expr> {
        let mut terms = self.all.into_iter().map(|set| leaf(span, Test::Set(set)));
        let first = terms.next()?;
        Some(chain(span, first, terms.map(|term| (Op::Or, term)).collect()))
    }
}

impl Resolver<'_> {
    /// `host in {a, b}`.
    pub(super) fn set(
        &mut self,
        span: Span,
        members: &[Id<'_>],
        qualifiers: Option<Qualifiers>,
    ) -> Option<Expr> {
        let q = self.set_qualifiers(span, qualifiers)?;
        let mut sets = Sets::default();
        for member in members {
            let taken = self.member(member, q, &mut sets);
            self.keep(taken);
        }
        sets.expr(span)
    }

    /// `host in file "x"`: one entry on each line.
    pub(super) fn set_in_file(
        &mut self,
        span: Span,
        name: &str,
        qualifiers: Option<Qualifiers>,
    ) -> Option<Expr> {
        let q = self.set_qualifiers(span, qualifiers)?;
        let (file, text) = match self.lists.get(name) {
            Ok(found) => found,
            Err(why) => {
                let fail = self.fail(Code::BadFile, span, format!("{name}: {why}"));
                return self.keep(Err(Box::new(fail)));
            }
        };
        let mut reader =
            Resolver { text: Text::whole(text), file, diagnostics: Vec::new(), ..*self };
        let mut sets = Sets::default();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let entry = line.split_once('#').map_or(line, |(entry, _)| entry);
            let skipped = entry.len() - entry.trim_start().len();
            let entry = entry.trim();
            if !entry.is_empty() {
                let first = start + skipped as u32;
                let place = Span::new(first, first + entry.len() as u32);
                let taken = reader.entry(entry, place, q, &mut sets);
                reader.keep(taken);
            }
            if reader.diagnostics.len() >= MAX_ERRORS {
                break;
            }
            start += line.len() as u32;
        }
        let asked = Label { file: self.file, span, text: "asked for here".to_owned() };
        let found = reader.diagnostics.into_iter().map(|mut diagnostic| {
            diagnostic.labels.push(asked.clone());
            diagnostic
        });
        let room = MAX_ERRORS.saturating_sub(self.diagnostics.len());
        self.diagnostics.extend(found.take(room));
        // Of an empty file nothing is in.
        sets.expr(span).or_else(|| Some(leaf(span, Test::Set(nothing(q)))))
    }

    /// Takes in one line of a file.
    fn entry(&self, text: &str, span: Span, q: Qualifiers, sets: &mut Sets) -> Result<(), Fail> {
        let tokens: Result<Vec<(Token<'_>, Span)>, _> = Token::lexer(text)
            .spanned()
            .map(|(token, at)| {
                let place = Span::new(span.start + at.start as u32, span.start + at.end as u32);
                token.map(|token| (token, place))
            })
            .take(4)
            .collect();
        let value = match tokens.as_deref() {
            Ok([(Token::Number(number), _)]) => IdKind::Number(*number),
            Ok([(Token::Name(name), _)]) => IdKind::Name(name),
            Ok([(Token::Ipv4(address), _)]) => IdKind::Ipv4(address),
            Ok([(Token::Ipv6(address), _)]) => IdKind::Ipv6(*address),
            Ok([(Token::Mac(mac), _)]) => IdKind::Mac(*mac),
            Ok([(Token::Ipv4(address), _), (Token::Slash, _), (Token::Number(length), at)]) => {
                IdKind::Ipv4Prefix(address, At { span: *at, value: *length })
            }
            Ok([(Token::Ipv6(address), _), (Token::Slash, _), (Token::Number(length), at)]) => {
                IdKind::Ipv6Prefix(*address, At { span: *at, value: *length })
            }
            _ => {
                let message = format!("`{text:.60}` is no entry of a set");
                let fail = self.fail(Code::BadToken, span, message);
                return Err(Box::new(fail.help(
                    "write one address, network, port, range of ports or name on each line; \
                     what follows a `#` is not read",
                )));
            }
        };
        // What the words say is underlined at the entry: they are in another file.
        self.member(&Id { span, value }, Qualifiers { span, ..q }, sets)
    }

    fn member(&self, id: &Id<'_>, q: Qualifiers, sets: &mut Sets) -> Result<(), Fail> {
        let test = match id.value {
            IdKind::Name(name) if q.kind() == Kind::Port && is_range(name) => {
                self.test(id, Qualifiers { kind: Some(Kind::Portrange), ..q })?
            }
            _ => self.test(id, q)?,
        };
        if sets.add(test) {
            return Ok(());
        }
        let fail = self.fail(Code::BadValue, id.span, "only prefixes can be in a set of networks");
        Err(Box::new(fail.help(format!("write `net {}` beside the set", self.source(id.span)))))
    }

    /// The qualifiers of a set, if they are such that there are sets.
    fn set_qualifiers(&mut self, span: Span, qualifiers: Option<Qualifiers>) -> Option<Qualifiers> {
        let Some(q) = qualifiers else {
            let fail = self.fail(Code::BadQualifier, span, "nothing says what is in the set");
            let fail = fail.help("write `host`, `net`, `port` or `ether host` in front of `in`");
            return self.keep(Err(Box::new(fail)));
        };
        if let Err(fail) = self.no_wlan_direction(&q) {
            return self.keep(Err(fail));
        }
        let kind = q.kind();
        let decnet = q.proto == Some(Proto::Decnet);
        if !decnet && matches!(kind, Kind::Host | Kind::Net | Kind::Port | Kind::Portrange) {
            return Some(q);
        }
        let word = q.proto.filter(|_| decnet).map_or(kind.word(), Proto::word);
        let message = format!("there are no sets for '{word}'");
        let fail = self.fail(Code::BadQualifier, q.span, message).related(span, "a set");
        let help = "sets are of `host`, `net`, `port`, `portrange` and `ether host`";
        self.keep(Err(Box::new(fail.help(help))))
    }
}

/// A set that nothing is in.
fn nothing(q: Qualifiers) -> SetTest {
    SetTest { dir: q.dir, members: Members::Stations(Vec::new()) }
}
