//! Which headers a walk has to go through to come to another.
//!
//! Each step and each search is made once for all programs: walks ask the same again and again.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use cranelift_entity::EntityRef;
use nbpfc_sema::{HeaderId, Program};

use crate::parity::may_be_odd;

/// A header, and whether a network layer lies before it.
pub(crate) type Node = (HeaderId, bool);

/// A set of nodes.
#[derive(Clone, Debug)]
pub(crate) struct Nodes(Vec<u64>);

impl Nodes {
    fn new(nodes: usize) -> Self {
        Self(vec![0; nodes.div_ceil(64)])
    }

    /// A header, whatever lies before it.
    pub(crate) fn of(graph: &Graph, header: HeaderId) -> Self {
        let mut nodes = Self::new(graph.steps.len());
        nodes.insert((header, false));
        nodes.insert((header, true));
        nodes
    }

    pub(crate) fn insert(&mut self, node: Node) {
        self.add(number(node));
    }

    /// Whether it was not in there.
    fn add(&mut self, node: usize) -> bool {
        let bit = 1 << (node % 64);
        let word = &mut self.0[node / 64];
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    fn has(&self, node: usize) -> bool {
        self.0[node / 64] >> (node % 64) & 1 != 0
    }

    pub(crate) fn contains(&self, node: Node) -> bool {
        self.has(number(node))
    }
}

/// Nodes have numbers from 0 on.
fn number((header, behind): Node) -> usize {
    header.index() * 2 + usize::from(behind)
}

fn node(number: usize) -> Node {
    (HeaderId::new(number / 2), number % 2 == 1)
}

/// The protocol graph of a module: what may follow what in a packet, tunnels left out.
#[derive(Debug)]
pub(crate) struct Graph {
    steps: Vec<Vec<usize>>,
    /// The same from the other end.
    before: Vec<Vec<usize>>,
    /// What can come behind each, once somebody asked.
    behind: Vec<OnceLock<Nodes>>,
    rings: Vec<OnceLock<Option<Ring>>>,
    /// By header.
    repeats: Vec<u32>,
    odd: Vec<HeaderId>,
}

impl Graph {
    pub(crate) fn new(program: &Program) -> Self {
        let nodes = 2 * program.headers.len();
        let steps = |at| program.steps(node(at)).map(number).collect();
        let steps: Vec<Vec<usize>> = (0..nodes).map(steps).collect();
        let mut before = vec![Vec::new(); nodes];
        for (at, next) in steps.iter().enumerate() {
            for next in next {
                before[*next].push(at);
            }
        }
        Self {
            steps,
            before,
            behind: (0..nodes).map(|_| OnceLock::new()).collect(),
            rings: (0..nodes).map(|_| OnceLock::new()).collect(),
            repeats: program.headers.values().map(nbpfc_sema::Header::repeats).collect(),
            odd: may_be_odd(program),
        }
    }

    /// Whether a header may begin at an odd byte.
    pub(crate) fn may_be_odd(&self, header: HeaderId) -> bool {
        self.odd.contains(&header)
    }

    /// All that edges lead to from some nodes, these included.
    fn reached(edges: &[Vec<usize>], begins: impl IntoIterator<Item = usize>) -> Nodes {
        let mut seen = Nodes::new(edges.len());
        let mut open: Vec<_> = begins.into_iter().collect();
        while let Some(at) = open.pop() {
            if seen.add(at) {
                open.extend(&edges[at]);
            }
        }
        seen
    }

    /// The steps from a node.
    pub(crate) fn steps(&self, from: Node) -> impl Iterator<Item = Node> {
        self.steps[number(from)].iter().copied().map(node)
    }

    /// What can come behind a node.
    fn behind(&self, from: Node) -> &Nodes {
        let from = number(from);
        self.behind[from]
            .get_or_init(|| Self::reached(&self.steps, self.steps[from].iter().copied()))
    }

    /// Whether a header can come behind a node.
    fn is_behind(&self, from: Node, header: HeaderId) -> bool {
        let behind = self.behind(from);
        [false, true].into_iter().any(|network| behind.contains((header, network)))
    }

    /// Whether a walk that begins at a header can come to another without entering a tunnel.
    pub(crate) fn leads_to(&self, start: HeaderId, target: HeaderId) -> bool {
        start == target || self.is_behind((start, false), target)
    }

    /// The same of a walk that has come by a network layer before.
    pub(crate) fn leads_on_to(&self, start: HeaderId, target: HeaderId) -> bool {
        self.is_behind((start, true), target)
    }

    /// From where some headers can be reached.
    pub(crate) fn reaching(&self, targets: &[HeaderId]) -> Nodes {
        let targets = targets.iter().flat_map(|target| [(*target, false), (*target, true)]);
        Self::reached(&self.before, targets.map(number))
    }

    /// Whether a network layer lies before a header in packets that begin with another one; `None`
    /// if that depends.
    pub(crate) fn behind_network(&self, start: HeaderId, header: HeaderId) -> Option<bool> {
        let behind = self.behind((start, false));
        let seen = |node| node == (start, false) || behind.contains(node);
        match [false, true].map(|network| seen((header, network))) {
            [true, false] => Some(false),
            [false, true] => Some(true),
            _ => None,
        }
    }

    /// Whether packets that begin with one of some headers can have a header behind another,
    /// without a tunnel between them.
    pub(crate) fn carries(
        &self,
        starts: &BTreeSet<HeaderId>,
        header: HeaderId,
        carried: HeaderId,
    ) -> bool {
        let comes_to = |node: Node| {
            let begins = |start: &HeaderId| {
                node == (*start, false) || self.behind((*start, false)).contains(node)
            };
            starts.iter().any(begins)
        };
        let nodes = [(header, false), (header, true)];
        nodes.into_iter().any(|node| comes_to(node) && self.is_behind(node, carried))
    }

    /// The ring that a header is in, if it is in one.
    pub(crate) fn ring(&self, of: Node) -> Option<&Ring> {
        let at = number(of);
        let ring = self.rings[at].get_or_init(|| {
            let behind = self.behind(of);
            if !behind.has(at) {
                return None;
            }
            let before = Self::reached(&self.before, [at]);
            let members = (0..self.steps.len()).filter(|at| behind.has(*at) && before.has(*at));
            let mut members: Vec<_> = members.map(|at| node(at).0).collect();
            members.dedup();
            let limit = members.iter().map(|member| self.repeats[member.index()]).max()?;
            Some(Ring { members, limit })
        });
        ring.as_ref()
    }
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
    /// Whether it is code that is gone through again, not code for each.
    pub(crate) fn is_loop(&self) -> bool {
        self.members.len() > 1 || self.limit > UNROLLED
    }
}

/// Up to this many headers of one kind in a row are code of their own each.
const UNROLLED: u32 = 4;
