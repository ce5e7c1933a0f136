//! Which headers a walk has to go through to come to another.

use std::collections::BTreeSet;

use nbpfc_sema::{HeaderId, Program};

/// A header, and whether a network layer lies before it.
pub(crate) type Node = (HeaderId, bool);

/// From where a header can be reached.
pub(crate) fn reaching(program: &Program, target: HeaderId) -> BTreeSet<Node> {
    let all = || program.headers.keys().flat_map(|header| [(header, false), (header, true)]);
    let edges: Vec<_> = all().map(|node| (node, program.steps(node).collect::<Vec<_>>())).collect();
    let mut found: BTreeSet<Node> = [(target, false), (target, true)].into();
    loop {
        let size = found.len();
        for (node, next) in &edges {
            if next.iter().any(|next| found.contains(next)) {
                found.insert(*node);
            }
        }
        if found.len() == size {
            return found;
        }
    }
}

/// Whether a network layer lies before a header in packets that begin with another one; `None` if
/// that depends.
pub(crate) fn behind_network(program: &Program, start: HeaderId, header: HeaderId) -> Option<bool> {
    let seen = reached(program, [(start, false)].into_iter());
    match [false, true].map(|behind| seen.contains(&(header, behind))) {
        [true, false] => Some(false),
        [false, true] => Some(true),
        _ => None,
    }
}

/// Whether packets that begin with one of some headers can have a header behind another, without a
/// tunnel between them.
pub(crate) fn carries(
    program: &Program,
    starts: &BTreeSet<HeaderId>,
    header: HeaderId,
    carried: HeaderId,
) -> bool {
    let begins = starts.iter().map(|start| (*start, false));
    let above = reached(program, begins).into_iter().filter(|(at, _)| *at == header);
    let behind = reached(program, above.flat_map(|node| program.steps(node)));
    behind.iter().any(|(at, _)| *at == carried)
}

/// Where walks come to that begin with some headers, these included.
fn reached(program: &Program, begins: impl Iterator<Item = Node>) -> BTreeSet<Node> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<_> = begins.collect();
    while let Some(node) = open.pop() {
        if seen.insert(node) {
            open.extend(program.steps(node));
        }
    }
    seen
}

/// Headers that may follow each other more than once.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    /// The headers.
    pub(crate) members: Vec<HeaderId>,
    /// How many of them a walk goes through at most.
    pub(crate) limit: u32,
}

impl Ring {
    /// The ring that a header is in, if it is in one.
    pub(crate) fn of(program: &Program, node: Node) -> Option<Self> {
        let members = program.ring(node);
        let limit = members.iter().map(|member| program.headers[*member].repeats()).max()?;
        Some(Self { members, limit })
    }

    /// Whether it is code that is gone through again, not code for each.
    pub(crate) fn is_loop(&self) -> bool {
        self.members.len() > 1 || self.limit > UNROLLED
    }
}

/// Up to this many headers of one kind in a row are code of their own each.
const UNROLLED: u32 = 4;
