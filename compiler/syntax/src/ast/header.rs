//! Declarations of protocol headers.

use nbpfc_source::Span;

use super::code::{Expr, Pattern, Type};
use super::name::{Ident, Path};

/// `header name { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The protocol.
    pub name: Ident,
    /// Fields and clauses, in order.
    pub parts: Vec<HeaderPart>,
}

/// What stands in a header.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderPart {
    /// `name: type,`
    Field(Box<HeaderField>),
    /// `length expr in a..=b`: how many bytes the header has, and what it can be.
    Length {
        /// Bytes, over the fields.
        value: Expr,
        /// A [`Range`](super::ExprKind::Range); values outside are no such header.
        range: Option<Expr>,
        /// With the keyword.
        span: Span,
    },
    /// `checksum internet(self)`, `checksum internet(pseudo, self, payload) if checksum != 0`.
    Checksum {
        /// The field that holds it: `checksum field = …`; otherwise the field `checksum`.
        field: Option<Ident>,
        /// Algorithm and what it covers: a call.
        value: Expr,
        /// When there is one.
        condition: Option<Expr>,
        /// With the keyword.
        span: Span,
    },
    /// `pseudo (src, dst if condition, u8(0), protocol, u16(payload.len))`: what checksums of protocols
    /// above begin with.
    Pseudo {
        /// The fields, in order; each has a width. With when what the header has is what stands there.
        values: Vec<(Expr, Option<Expr>)>,
        /// With the keyword.
        span: Span,
    },
    /// `next selector if condition { 6 => tcp }`: what follows.
    Next(Box<Next>),
    /// `after udp if dst_port == 4789`: what it follows, said from the other side.
    After {
        /// The header before it.
        parent: Path,
        /// Over the fields of the header before it.
        condition: Option<Expr>,
        /// With the keyword.
        span: Span,
    },
    /// `limit 8`: how many may follow each other.
    Limit {
        /// A constant.
        value: Expr,
        /// With the keyword.
        span: Span,
    },
    /// Text that is no part of a header.
    Error(Span),
}

/// `name: type if condition until condition = default,`
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderField {
    /// The name.
    pub name: Ident,
    /// The type; `u4` has four bits. `[tcp_option]` is repeated to the end of the header.
    pub ty: Type,
    /// When it is there at all, over the fields before it.
    pub condition: Option<Expr>,
    /// Of a repeated part: the element that is the last, over its fields.
    pub until: Option<Expr>,
    /// What it has when a header is built and it is not named.
    pub default: Option<Expr>,
    /// Without the `,`.
    pub span: Span,
}

/// `next selector if condition …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    /// What is compared; `None` in `next => ipv4`.
    pub selector: Option<Expr>,
    /// Nothing follows that is known, unless this holds.
    pub condition: Option<Expr>,
    /// What follows.
    pub targets: NextTargets,
    /// With the keyword.
    pub span: Span,
}

/// What follows a header.
#[derive(Clone, Debug, PartialEq)]
pub enum NextTargets {
    /// `{ 6 => tcp, 17 => udp }`.
    Arms(Vec<NextArm>),
    /// `next next_header as ipv6`: what the other header's `next` says for this selector.
    Like(Path),
    /// `next => ipv4`: always this.
    Always(Path),
}

/// `6 => tcp`.
#[derive(Clone, Debug, PartialEq)]
pub struct NextArm {
    /// Constants of the selector.
    pub pattern: Pattern,
    /// The header that follows.
    pub header: Path,
    /// From the pattern to the header.
    pub span: Span,
}
