//! What is known of values on a path, from the tests that it went through.
//!
//! A [`Fact`] is about one number: a packet field, the outcome of a comparison of two values, or
//! how many bytes are there from an offset on. [`Facts`] are those that hold at a place; where
//! paths meet, what both know remains. Facts are bounded in size: to forget is always right.

use std::rc::Rc;

use nbpfc_ir::{Compare, Value};
use smallvec::{SmallVec, smallvec};

/// How many values a fact lists.
const LISTED: usize = 16;

/// How many facts are kept at a place.
const KEPT: usize = 48;

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// A value.
    Value(Value),
    /// 1 where a comparison of two values holds, 0 where it does not.
    Less(Value, Value),
    /// The same, for equality.
    Equal(Value, Value),
    /// The same, for a common bit.
    Common(Value, Value),
    /// How many bytes of the packet there are from an offset on.
    Bytes(Option<Value>),
}

/// A question about a subject: are the bits under the mask this constant, or is it greater?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// `subject & mask == constant`, the constant within the mask.
    Is {
        /// The bits that count.
        mask: u64,
        /// What they are compared with.
        constant: u64,
    },
    /// `subject > constant`
    Above(u64),
}

impl Question {
    fn answer(self, number: u64) -> bool {
        match self {
            Self::Is { mask, constant } => number & mask == constant,
            Self::Above(constant) => number > constant,
        }
    }

    /// A comparison with a constant as a question, and whether it holds where the answer is yes.
    pub(crate) fn new(compare: Compare, constant: u64) -> Option<(Self, bool)> {
        let is = Self::Is { mask: u64::MAX, constant };
        Some(match compare {
            Compare::Eq => (is, true),
            Compare::Ne => (is, false),
            Compare::Set => (Self::Is { mask: constant, constant: 0 }, false),
            Compare::Clear => (Self::Is { mask: constant, constant: 0 }, true),
            Compare::Gt => (Self::Above(constant), true),
            Compare::Le => (Self::Above(constant), false),
            Compare::Ge => (Self::Above(constant.checked_sub(1)?), true),
            Compare::Lt => (Self::Above(constant.checked_sub(1)?), false),
        })
    }
}

/// What is known of one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// All that it can be, if they are few; the rest says nothing more then.
    only: Option<SmallVec<[u64; 2]>>,
    zeros: u64,
    ones: u64,
    low: u64,
    high: u64,
    /// Masks and what the number is not under them.
    not: SmallVec<[(u64, u64); 1]>,
}

impl Default for Fact {
    fn default() -> Self {
        Self { only: None, zeros: 0, ones: 0, low: 0, high: u64::MAX, not: SmallVec::new() }
    }
}

impl Fact {
    /// The answer to a question, if it is known.
    pub(crate) fn answer(&self, question: Question) -> Option<bool> {
        if let Some(only) = &self.only {
            let first = question.answer(*only.first()?);
            return only.iter().all(|number| question.answer(*number) == first).then_some(first);
        }
        match question {
            Question::Is { mask, constant } => {
                let differs = self.ones & mask & !constant != 0
                    || self.zeros & constant != 0
                    || (mask == u64::MAX && !(self.low..=self.high).contains(&constant))
                    || self.not.iter().any(|(m, not)| m & !mask == 0 && constant & m == *not);
                let same = (self.zeros | self.ones) & mask == mask || self.low == self.high;
                match (differs, same) {
                    (true, _) => Some(false),
                    (_, true) if (self.zeros | self.ones) & mask == mask => Some(true),
                    (_, true) => Some(question.answer(self.low)),
                    _ => None,
                }
            }
            Question::Above(constant) if self.low.max(self.ones) > constant => Some(true),
            Question::Above(constant) if self.high.min(!self.zeros) <= constant => Some(false),
            Question::Above(_) => None,
        }
    }

    /// Adds the answer to a question.
    fn learn(&mut self, question: Question, answer: bool) {
        if let Some(only) = &mut self.only {
            only.retain(|number| question.answer(*number) == answer);
            return;
        }
        match (question, answer) {
            (Question::Is { mask: u64::MAX, constant }, true) => {
                self.only = Some(smallvec![constant]);
            }
            (Question::Is { mask, constant }, true) => {
                self.ones |= constant;
                self.zeros |= mask & !constant;
            }
            (Question::Is { mask, constant }, false) => {
                if mask.is_power_of_two() {
                    if constant == 0 {
                        self.ones |= mask;
                    } else {
                        self.zeros |= mask;
                    }
                } else if self.not.len() < LISTED && !self.not.contains(&(mask, constant)) {
                    self.not.push((mask, constant));
                }
            }
            (Question::Above(constant), true) => {
                self.low = self.low.max(constant.saturating_add(1));
            }
            (Question::Above(constant), false) => self.high = self.high.min(constant),
        }
    }

    fn known_zeros(&self) -> u64 {
        self.only.as_ref().map_or(self.zeros, |only| only.iter().fold(!0, |bits, n| bits & !n))
    }

    fn known_ones(&self) -> u64 {
        self.only.as_ref().map_or(self.ones, |only| only.iter().fold(!0, |bits, n| bits & n))
    }

    fn least(&self) -> u64 {
        self.only.as_ref().map_or(self.low, |only| only.iter().copied().min().unwrap_or(0))
    }

    fn greatest(&self) -> u64 {
        self.only.as_ref().map_or(self.high, |only| only.iter().copied().max().unwrap_or(!0))
    }

    /// What both know.
    fn meet(&self, other: &Self) -> Self {
        if let (Some(a), Some(b)) = (&self.only, &other.only) {
            let mut all: SmallVec<[u64; 2]> = a.iter().chain(b).copied().collect();
            all.sort_unstable();
            all.dedup();
            if all.len() <= LISTED {
                return Self { only: Some(all), ..Self::default() };
            }
        }
        let denies = |fact: &Self, (mask, constant): (u64, u64)| {
            fact.answer(Question::Is { mask, constant }) == Some(false)
        };
        let mut not: SmallVec<[(u64, u64); 1]> = SmallVec::new();
        for (from, with) in [(self, other), (other, self)] {
            for &pair in &from.not {
                if not.len() < LISTED && !not.contains(&pair) && denies(with, pair) {
                    not.push(pair);
                }
            }
        }
        Self {
            only: None,
            zeros: self.known_zeros() & other.known_zeros(),
            ones: self.known_ones() & other.known_ones(),
            low: self.least().min(other.least()),
            high: self.greatest().max(other.greatest()),
            not,
        }
    }
}

/// What is known at a place: a list that grows at its head, so that places share what they know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts(Option<Rc<Node>>);

/// What is known of one subject; of two nodes about the same the newer counts.
#[derive(Debug)]
struct Node {
    subject: Subject,
    fact: Fact,
    older: Facts,
    /// How many nodes the list has from here on.
    length: usize,
}

impl Facts {
    /// The nodes, the newest first, up to where `end` begins.
    fn until<'a>(&'a self, end: &'a Self) -> impl Iterator<Item = &'a Node> {
        let mut at = self;
        std::iter::from_fn(move || {
            let node = at.0.as_deref().filter(|_| !at.same(end))?;
            at = &node.older;
            Some(node)
        })
    }

    fn same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    fn length(&self) -> usize {
        self.0.as_ref().map_or(0, |node| node.length)
    }

    /// What is known of a subject.
    pub(crate) fn about(&self, subject: Subject) -> Option<&Fact> {
        self.until(&const { Self(None) })
            .find(|node| node.subject == subject)
            .map(|node| &node.fact)
    }

    /// The answer to a question, if it is known here.
    pub(crate) fn answer(&self, subject: Subject, question: Question) -> Option<bool> {
        self.about(subject)?.answer(question)
    }

    /// Adds the answer to a question.
    pub(crate) fn learn(&mut self, subject: Subject, question: Question, answer: bool) {
        let mut fact = self.about(subject).cloned().unwrap_or_default();
        fact.learn(question, answer);
        self.set(subject, fact);
    }

    /// Says what is known of a subject.
    pub(crate) fn set(&mut self, subject: Subject, fact: Fact) {
        if self.length() == KEPT {
            self.forget();
        }
        let length = self.length() + 1;
        *self = Self(Some(Rc::new(Node { subject, fact, older: self.clone(), length })));
    }

    /// Forgets the older half: it is the least likely to be asked for again.
    fn forget(&mut self) {
        let mut kept: Vec<(Subject, Fact)> = Vec::with_capacity(KEPT / 2);
        for node in self.until(&const { Self(None) }) {
            if kept.len() < KEPT / 2 && kept.iter().all(|(subject, _)| *subject != node.subject) {
                kept.push((node.subject, node.fact.clone()));
            }
        }
        *self = Self(None);
        for (subject, fact) in kept.into_iter().rev() {
            self.set(subject, fact);
        }
    }

    /// What is known where control comes from two places.
    pub(crate) fn meet(&self, other: &Self) -> Self {
        let common = self.common(other);
        let mut met: SmallVec<[(Subject, Fact); 4]> = SmallVec::new();
        for (from, with) in [(self, other), (other, self)] {
            for node in from.until(&common) {
                let subject = node.subject;
                if met.iter().any(|(s, _)| *s == subject) {
                    continue;
                }
                let fact = with.about(subject).map(|fact| node.fact.meet(fact)).unwrap_or_default();
                // Nothing need be said of what neither knew before.
                if fact != Fact::default() || common.about(subject).is_some() {
                    met.push((subject, fact));
                }
            }
        }
        let mut facts = common;
        for (subject, fact) in met.into_iter().rev() {
            facts.set(subject, fact);
        }
        facts
    }

    /// The end that both lists share.
    fn common(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self, other);
        while !a.same(b) {
            let longer = if a.length() >= b.length() { &mut a } else { &mut b };
            match &longer.0 {
                Some(node) => *longer = &node.older,
                None => break,
            }
        }
        a.clone()
    }
}
