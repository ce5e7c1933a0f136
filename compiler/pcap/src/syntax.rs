//! The filter as it is written, before qualifiers are filled in and names looked up.
//!
//! Built by the grammar's actions, taken apart by `resolve`. Nests only where
//! the text has parentheses.

use nbpfc_source::Span;

use crate::tokens::Kind;
use crate::tree::{
    AtmField, AtmWord, BinOp, ByteOp, Comparison, Dir, Mtp2Word, Mtp3Field, Op, Proto, RelOp,
    Tunnel,
};

/// A value and where it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<T> {
    pub(crate) span: Span,
    pub(crate) value: T,
}

pub(crate) fn at<T>(start: u32, value: T, end: u32) -> At<T> {
    At { span: Span::new(start, end), value }
}

/// An expression.
pub(crate) type Node<'s> = At<NodeKind<'s>>;

#[derive(Debug)]
pub(crate) enum NodeKind<'s> {
    Chain(Box<Node<'s>>, Vec<(Op, Node<'s>)>),
    /// `not` any number of times.
    Not(u32, Box<Node<'s>>),
    Group(Box<Node<'s>>),
    /// Qualifiers and an id.
    Primitive(Head, Id<'s>),
    /// An id that takes the qualifiers of what stands to its left.
    Elided(Id<'s>),
    Word(Word<'s>),
}

/// The qualifiers in front of an id; at least one is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) proto: Option<At<Proto>>,
    pub(crate) dir: Option<At<Dir>>,
    pub(crate) kind: Option<At<Kind>>,
}

/// What qualifiers are applied to.
pub(crate) type Id<'s> = At<IdKind<'s>>;

#[derive(Debug)]
pub(crate) enum IdKind<'s> {
    Number(u32),
    Name(&'s str),
    Ipv4(&'s str),
    /// `10.0.0.0/8`.
    Ipv4Prefix(&'s str, At<u32>),
    /// `10.0.0.0 mask 255.0.0.0`.
    Ipv4Mask(&'s str, At<&'s str>),
    Ipv6(u128),
    Ipv6Prefix(u128, At<u32>),
    Mac([u8; 6]),
    Mac8(u8),
    /// `not` any number of times.
    Not(u32, Box<Id<'s>>),
    /// `(80 or 443)`.
    Group(Box<IdList<'s>>),
    /// `in {80, 443}`.
    Set(Vec<Id<'s>>),
    /// `in file "x"`, the name of the file.
    File(&'s str),
}

/// Ids joined by `and` and `or`.
#[derive(Debug)]
pub(crate) struct IdList<'s> {
    pub(crate) first: Id<'s>,
    pub(crate) rest: Vec<(Op, Id<'s>)>,
}

/// A primitive that has no id.
#[derive(Debug)]
pub(crate) enum Word<'s> {
    Protocol(Proto),
    Broadcast(Option<At<Proto>>),
    Multicast(Option<At<Proto>>),
    Less(u32),
    Greater(u32),
    Byte(u32, ByteOp, At<u32>),
    Inbound,
    Outbound,
    Ifindex(u32),
    Tunnel(Tunnel, Option<At<u32>>),
    PfInterface(&'s str),
    PfRuleset(&'s str),
    PfRule(u32),
    PfSubrule(u32),
    PfReason(At<NumberOrName<'s>>),
    PfAction(At<&'s str>),
    WlanType(At<NumberOrName<'s>>, Option<At<NumberOrName<'s>>>),
    WlanSubtype(At<&'s str>),
    WlanDirection(At<NumberOrName<'s>>),
    Llc(Option<At<&'s str>>),
    Atm(AtmWord),
    AtmField(AtmField, Vec<Comparison>),
    Mtp2(Mtp2Word),
    Mtp3Field(Mtp3Field, Vec<Comparison>),
    Relation(Sum, RelOp, Sum),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum NumberOrName<'s> {
    Number(u32),
    Name(&'s str),
}

/// Arithmetic as it is written: operands with operators between them, not yet grouped by precedence.
pub(crate) type Sum = Vec<At<Item>>;

#[derive(Debug)]
pub(crate) enum Item {
    Number(u32),
    Length,
    /// `ip[2:2]`: the offset, and the size if there is one.
    Load(At<Proto>, Sum, Option<At<u32>>),
    Group(Sum),
    /// `-` in front of an operand.
    Minus,
    Operator(BinOp),
}
