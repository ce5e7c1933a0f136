//! Protocols, as headers are declared.

use nbpfc_source::{FileId, Span};

use super::Expr;
use crate::types::{HeaderId, Type};
use crate::value::Value;

/// A protocol.
#[derive(Debug)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub place: (FileId, Span),
    /// Its fields, in order.
    pub fields: Vec<HeaderField>,
    /// Bytes of the fields that are always there.
    pub fixed: u32,
    /// How many bytes it has and the bounds of that, where packets decide it; if that is absent, the
    /// fixed ones only.
    pub length: Option<(Expr, u32, u32)>,
    /// Whether it begins what checksums above it cover: it is a network layer.
    pub is_network: bool,
    /// Whether the packets of a hook begin with it.
    pub begins_packet: bool,
    /// Whether it stands between a header and what might have followed that directly, as a tag
    /// does: what follows it is what follows another header.
    pub is_between: bool,
    /// How many of it may follow each other, where it says that.
    pub limit: Option<u32>,
    /// What follows; the first that holds.
    pub next: Vec<Next>,
    /// Its checksums.
    pub checksums: Vec<Checksum>,
    /// The fields that checksums of protocols above begin with.
    pub pseudo: Vec<PseudoField>,
    /// Where among them the length of what follows stands, and how many bits it has.
    pub pseudo_length: Option<(u32, u32)>,
}

impl Header {
    /// How many of it may follow each other.
    pub fn repeats(&self) -> u32 {
        self.limit.unwrap_or(1)
    }

    /// Whether it has no bytes of its own: what follows begins at the same place.
    pub fn looks_ahead(&self) -> bool {
        matches!(self.length, Some((_, 0, 0)))
    }

    /// When a field says what follows, if it does so under one condition.
    pub fn condition_of(&self, selector: u32) -> Option<&Expr> {
        let is_its = |next: &&Next| next.selector.as_ref().and_then(Expr::field) == Some(selector);
        let mut nexts = self.next.iter().filter(is_its);
        let next = nexts.next()?;
        next.condition.as_ref().filter(|_| nexts.next().is_none())
    }
}

/// A field of a network layer in the pseudo-header that checksums of protocols above begin with.
#[derive(Debug)]
pub struct PseudoField {
    /// Which.
    pub field: u32,
    /// Where it stands there, in bits.
    pub start: u32,
    /// When that is what the header has; else something else stands there.
    pub condition: Option<Expr>,
}

/// A checksum of RFC 1071 in a header.
#[derive(Debug)]
pub struct Checksum {
    /// The field that holds it.
    pub field: u32,
    /// Whether it covers the header.
    pub of_self: bool,
    /// Whether it covers the pseudo-header of the network layer below.
    pub of_pseudo: bool,
    /// Whether it covers what follows the header.
    pub of_payload: bool,
    /// When there is one; then it is never 0.
    pub condition: Option<Expr>,
}

/// A field of a header.
#[derive(Debug)]
pub struct HeaderField {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Where it begins, in bits from the header's start, not counting conditional fields before it.
    pub offset: u32,
    /// When it is there, over the fields before it.
    pub condition: Option<Expr>,
    /// The conditional fields that lie before it.
    pub behind: Vec<u32>,
    /// Of headers that repeat: which is the last, over its fields.
    pub until: Option<Expr>,
    /// What it is where a header is built and it is not named.
    pub default: Option<Value>,
    /// Or how much more than the bytes behind the header it is then.
    pub size: Option<Expr>,
    /// Where it is declared.
    pub span: Span,
}

impl HeaderField {
    /// Whether it is always there, and always at the same place.
    pub const fn is_fixed(&self) -> bool {
        self.condition.is_none() && self.behind.is_empty()
    }
}

/// What may follow a header.
#[derive(Debug)]
pub struct Next {
    /// When this may follow, over the header's fields.
    pub condition: Option<Expr>,
    /// What is compared.
    pub selector: Option<Expr>,
    /// Ranges of the selector, ends included, and what follows. Without a selector there is one.
    pub arms: Vec<(Vec<(i128, i128)>, HeaderId)>,
}
