//! Which runs of a chain's terms are lists that become sets ([`super::set`], [`super::set6`]).

use super::condition::Condition;
use super::context::{Context, Lowered};
use super::link::{Stations, TypeField};
use super::set::{Numbers, Range, station};
use super::set6::Networks;
use crate::tree::{self, Dir, Expr, ExprKind, Network, Op, Over, Transport};

/// From how many terms on a list becomes a set; the optimiser does well with fewer.
const TERMS: usize = 16;

/// What the terms of a list have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Address(Over, Dir),
    Ports(Option<Transport>, Dir),
    Station(Dir),
}

/// What a term asks for, if lists of such terms can be sets. Both ends at once cannot.
fn kind(test: &tree::Test) -> Option<Kind> {
    let (kind, dir) = match test {
        tree::Test::Address(test) => {
            if !test.networks.iter().all(|network| is_prefix(*network)) {
                return None;
            }
            (Kind::Address(test.over, test.dir), test.dir)
        }
        tree::Test::Ports { transport, dir, .. } => (Kind::Ports(*transport, *dir), *dir),
        tree::Test::Mac { dir, .. } => (Kind::Station(*dir), *dir),
        _ => return None,
    };
    matches!(dir, Dir::Src | Dir::Dst | Dir::SrcOrDst).then_some(kind)
}

/// Whether a network's mask is a prefix of at least one bit: of one without bits, nothing is read.
fn is_prefix(network: Network) -> bool {
    match network {
        Network::V4 { mask, .. } => {
            mask != 0 && mask.leading_ones() + mask.trailing_zeros() == u32::BITS
        }
        Network::V6 { prefix, .. } => prefix != 0,
    }
}

/// A term under an operator: itself for `or`, what is negated for `and`.
fn term(expr: &Expr, op: Op) -> Option<&tree::Test> {
    match (&expr.kind, op) {
        (ExprKind::Test(test), Op::Or) => Some(test),
        (ExprKind::Not(inner), Op::And) => match &inner.kind {
            ExprKind::Test(test) => Some(test),
            _ => None,
        },
        _ => None,
    }
}

impl Context<'_> {
    /// The operands of a chain that begin at `from`, all joined by `op`, as one condition, and how
    /// many they are; `None` if they are no set.
    pub(super) fn list(
        &mut self,
        operands: &[&Expr],
        ops: &[Op],
        from: usize,
    ) -> Option<(Condition, usize)> {
        let op = *ops.get(from.max(1))?;
        let wanted = kind(term(operands[from], op)?)?;
        let joined = |index: &usize| {
            (*index == from || ops[*index] == op)
                && term(operands[*index], op).and_then(kind) == Some(wanted)
        };
        let count = (from..operands.len()).take_while(joined).count();
        // Where the type field is not understood, a packet may be of several protocols at once.
        if count < TERMS || self.link.row().types == TypeField::Juniper {
            return None;
        }
        let operands = &operands[from..from + count];
        let span = std::mem::replace(&mut self.span, operands[0].span.to(operands[count - 1].span));
        let terms: Vec<&tree::Test> =
            operands.iter().filter_map(|operand| term(operand, op)).collect();
        let lowered = match wanted {
            Kind::Address(over, dir) => self.address_list(over, dir, &terms),
            Kind::Ports(transport, dir) => Some(self.port_list(transport, dir, &terms)),
            Kind::Station(dir) => self.station_list(dir, &terms).map(Ok),
        };
        self.span = span;
        // What is wrong with each term is told when they are taken one by one.
        let inside = lowered?.ok()?;
        let list = match op {
            Op::Or => inside,
            Op::And => self.conditions.not(inside),
        };
        Some((list, count))
    }

    /// A packet is of IPv4, ARP or IPv6, so that terms of one family may stand before all of the
    /// other.
    fn address_list(&mut self, over: Over, dir: Dir, terms: &[&tree::Test]) -> Option<Lowered> {
        let mut v4: Vec<Range> = Vec::new();
        let mut v6 = Networks { all: Vec::new() };
        for term in terms {
            let tree::Test::Address(test) = term else { continue };
            for network in &test.networks {
                match *network {
                    Network::V4 { address, mask } => {
                        v4.push((address.into(), (address | !mask).into()));
                    }
                    Network::V6 { address, prefix } => v6.all.push((address, prefix.into())),
                }
            }
        }
        if !(v6.all.is_empty() || self.options.tables()) {
            return None;
        }
        let tables = self.options.tables();
        let v4 = match &v4[..] {
            [] => Ok(self.constant(false)),
            v4 => self.ipv4_set(over, dir, &Numbers::of_list(32, v4, tables)),
        };
        let v6 = match &v6.all[..] {
            [] => Ok(self.constant(false)),
            _ => self.ipv6_list(dir, &v6),
        };
        Some(v4.and_then(|v4| Ok(self.conditions.or(v4, v6?))))
    }

    fn port_list(
        &mut self,
        transport: Option<Transport>,
        dir: Dir,
        terms: &[&tree::Test],
    ) -> Lowered {
        let ranges: Vec<Range> = terms
            .iter()
            .filter_map(|term| match term {
                tree::Test::Ports { low, high, .. } => Some(((*low).into(), (*high).into())),
                _ => None,
            })
            .collect();
        let numbers = Numbers::of_list(16, &ranges, self.options.tables());
        self.port_set(transport, dir, &numbers)
    }

    fn station_list(&mut self, dir: Dir, terms: &[&tree::Test]) -> Option<Condition> {
        // The order of reads does not count where the first of them is the furthest.
        let Stations::Six(offsets) = self.link.row().stations else { return None };
        if offsets.source < offsets.destination {
            return None;
        }
        let ranges: Vec<Range> = terms
            .iter()
            .filter_map(|term| match term {
                tree::Test::Mac { mac, .. } => Some(station(*mac)),
                _ => None,
            })
            .collect();
        let numbers = Numbers::of_list(48, &ranges, self.options.tables());
        Some(self.station_set(dir, offsets, &numbers))
    }
}
