//! Which checksums a field that changes is carried into, by where its header was found.

use std::collections::BTreeSet;

use nbpfc_sema::{Checksum, Expr, HeaderId, Program};

use crate::graph::Graph;
use crate::origin::{Origin, Origins};

/// A checksum: the header that holds it, and which of that header's it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) header: HeaderId,
    pub(crate) number: usize,
}

impl Sum {
    pub(crate) fn of(self, program: &Program) -> &Checksum {
        &program.headers[self.header].checksums[self.number]
    }
}

/// A checksum of a header further out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outer {
    pub(crate) sum: Sum,
    /// The headers that carry the one that holds it as a packet of its own, the outermost first.
    pub(crate) tunnels: Vec<HeaderId>,
}

/// The checksums that a field is carried into.
#[derive(Clone, Debug, Default)]
pub(crate) struct Covers<'p> {
    /// Of the header itself.
    pub(crate) own: Vec<Sum>,
    /// Of headers above, of whose pseudo-header it is a part; one of them is there, or none.
    pub(crate) above: Vec<Sum>,
    /// By how many bits of a word it stands further left there than in the header.
    pub(crate) turn: u32,
    /// When it is; else something else stands there.
    pub(crate) condition: Option<&'p Expr>,
    /// Of headers further out, from the inside to the outside.
    pub(crate) outer: Vec<Outer>,
    /// Which of them there are, it has to be asked where the header lies.
    pub(crate) ask: bool,
}

impl<'p> Covers<'p> {
    /// The checksums that cover a field of a header that was found at one of some places, in packets
    /// that begin with `start`. `None` if that is not seen.
    pub(crate) fn of(
        (program, graph): (&'p Program, &Graph),
        start: Option<HeaderId>,
        origins: &Origins,
        header: HeaderId,
        field: u32,
    ) -> Option<Self> {
        let data = &program.headers[header];
        let own = sums(program, header, |sum| sum.of_self && sum.field != field);
        let mut covers = Self { own, ..Self::default() };
        if let Some(pseudo) = data.pseudo.iter().find(|pseudo| pseudo.field == field) {
            let info = &data.fields[field as usize];
            // What the packet decides the place of is summed from its own first byte on.
            let own = if info.is_fixed() { info.offset } else { info.offset % 8 };
            covers.turn = (own % 16 + 16 - pseudo.start % 16) % 16;
            covers.condition = pseudo.condition.as_ref();
            let above = program.headers.keys();
            let above = above.filter(|other| *other != header && graph.leads_to(header, *other));
            covers.above = above.flat_map(|other| sums(program, other, |s| s.of_pseudo)).collect();
        }
        // What changes together with a checksum of its own comes to the same sum as before.
        let whole = |sum: &Sum| sum.of(program).condition.is_none();
        if covers.own.len() == 1 && covers.own.iter().all(whole) && covers.above.is_empty() {
            return Some(covers);
        }
        let mut seen = !origins.anywhere;
        for origin in &origins.all {
            let outer = outer((program, graph), start, origin, header);
            seen &= outer.is_some();
            for outer in outer.into_iter().flatten() {
                // Where several may follow each other, the one that is found may come behind this.
                covers.ask |= graph.leads_to(header, outer.sum.header);
                if !covers.outer.contains(&outer) {
                    covers.outer.push(outer);
                }
            }
        }
        covers.ask |= origins.all.len() > 1;
        covers.outer.sort_by_key(|outer| std::cmp::Reverse(outer.tunnels.len()));
        seen.then_some(covers)
    }

    /// The checksums above in the order in which a change is carried into them, from the inside to the
    /// outside, if one packet may have several of them, one behind the other: the outer ones cover the inner.
    ///
    /// # Errors
    /// Two headers of which either may be behind the other, or one that may be behind another of its kind:
    /// what is found first of each does not tell them apart.
    pub(crate) fn chain(&self, graph: &Graph) -> Result<Option<Vec<Sum>>, [HeaderId; 2]> {
        let behind = |a: HeaderId, b: HeaderId| graph.leads_on_to(a, b);
        let headers: Vec<_> = self.above.iter().map(|sum| sum.header).collect();
        let mut is_chain = false;
        for (at, a) in headers.iter().enumerate() {
            for (other, b) in headers.iter().enumerate() {
                is_chain |= behind(*a, *b);
                if behind(*a, *b) && behind(*b, *a) || at != other && a == b && is_chain {
                    return Err([*a, *b]);
                }
            }
        }
        if !is_chain {
            return Ok(None);
        }
        // What is behind others has fewer behind itself.
        let mut order = self.above.clone();
        order.sort_by_key(|sum| headers.iter().filter(|b| behind(sum.header, **b)).count());
        Ok(Some(order))
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.above.is_empty() && self.outer.is_empty()
    }
}

/// The checksums of a header for which `is` holds.
fn sums(program: &Program, header: HeaderId, is: impl Fn(&Checksum) -> bool) -> Vec<Sum> {
    let all = program.headers[header].checksums.iter().enumerate();
    all.filter(|(_, sum)| is(sum)).map(|(number, _)| Sum { header, number }).collect()
}

/// The checksums further out that cover a header, from the inside to the outside; `None` if one of
/// them is of a header that is not found again.
fn outer(
    (program, graph): (&Program, &Graph),
    start: Option<HeaderId>,
    origin: &Origin,
    header: HeaderId,
) -> Option<Vec<Outer>> {
    let mut found = Vec::new();
    // The headers that it lies in, of which the outermost is the first of its kind.
    for (depth, around) in origin.within.iter().enumerate().rev() {
        let sums = sums(program, *around, |sum| sum.of_self);
        if depth > 0 && !sums.is_empty() {
            return None;
        }
        let tunnels = origin.tunnels.clone();
        found.extend(sums.into_iter().map(|sum| Outer { sum, tunnels: tunnels.clone() }));
    }
    let mut carried = origin.within.first().copied().unwrap_or(header);
    for depth in (0..=origin.tunnels.len()).rev() {
        let tunnels = origin.tunnels[..depth].to_vec();
        let starts: BTreeSet<HeaderId> = match tunnels.last() {
            Some(tunnel) => program.followers(*tunnel).into_iter().collect(),
            None => start.into_iter().collect(),
        };
        let opens = depth < origin.tunnels.len();
        let holders = program.headers.keys().flat_map(|at| sums(program, at, |s| s.of_payload));
        let holders: Vec<_> = holders
            .filter(|sum| {
                opens && sum.header == carried || graph.carries(&starts, sum.header, carried)
            })
            .collect();
        // What carries others of them comes behind those.
        let carried_by = |sum: &Sum| {
            let others = holders.iter().filter(|o| graph.carries(&starts, sum.header, o.header));
            others.count()
        };
        let mut ordered = holders.clone();
        ordered.sort_by_key(carried_by);
        found.extend(ordered.into_iter().map(|sum| Outer { sum, tunnels: tunnels.clone() }));
        if let Some(tunnel) = tunnels.last() {
            carried = *tunnel;
        }
    }
    Some(found)
}
