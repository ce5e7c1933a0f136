//! Headers that are put into packets, and taken out of them.

use super::Expr;
use crate::types::{HeaderId, Type};

/// Headers that are put into the packet.
#[derive(Clone, Debug)]
pub struct Push {
    /// They stand behind the packet's first header, this one; else in front of the packet.
    pub behind: Option<HeaderId>,
    /// The headers.
    pub headers: Vec<Built>,
    /// How the last of them says what follows, if the packet decides that.
    pub follow: Option<Follow>,
    /// It is a VLAN tag, which the kernel keeps beside packets on some hooks.
    pub tag: bool,
}

/// Headers that are taken out of the packet.
#[derive(Clone, Debug)]
pub struct Pop {
    /// They stand behind the packet's first header, this one; else they begin the packet.
    pub behind: Option<HeaderId>,
    /// The headers, which directly follow each other.
    pub headers: Vec<HeaderId>,
    /// How the header before them says what follows.
    pub told: Option<Told>,
    /// It is a VLAN tag, which the kernel keeps beside packets on some hooks.
    pub tag: bool,
}

/// How a header says what follows when others are taken out behind it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The field that says it.
    pub to: (HeaderId, u32),
    /// By what.
    pub by: By,
}

/// What tells a number by which a header says what follows.
#[derive(Clone, Debug)]
pub enum By {
    /// That of the last header that is taken out.
    Last(Follow),
    /// Which of these headers stands behind it, asked in this order.
    Behind(Vec<(HeaderId, Number)>),
}

/// The number by which a header is said to follow.
#[derive(Clone, Debug)]
pub enum Number {
    /// This one.
    Known(i128),
    /// One that the header tells, of which it is a part of what stands there.
    From(Follow),
}

/// A number by which one header says what follows it, made from that of another.
#[derive(Clone, Debug)]
pub struct Follow {
    /// The header and the field that it is made from.
    pub from: (HeaderId, u32),
    /// The header and the field that get it.
    pub to: (HeaderId, u32),
    /// Ranges of the one, ends included, and the other. None: both have the same numbers.
    pub numbers: Option<Vec<((i128, i128), i128)>>,
}

/// A header that is built.
#[derive(Clone, Debug)]
pub struct Built {
    /// What it is.
    pub header: HeaderId,
    /// Bytes.
    pub size: u32,
    /// Its fields, those that are not zero.
    pub fields: Vec<BuiltField>,
    /// The fields that get the checksum of the header itself.
    pub sums: Vec<u32>,
}

/// A field of a header that is built, or of one that repeats in it.
#[derive(Clone, Debug)]
pub struct BuiltField {
    /// What lies there.
    pub ty: Type,
    /// Where it begins, in bits from the header's start.
    pub offset: u32,
    /// What it is.
    pub content: Content,
}

/// What a field of a header that is built is.
#[derive(Clone, Debug)]
pub enum Content {
    /// This.
    Value(Expr),
    /// How many bytes there are behind the header, and so many more.
    Size(u32),
    /// What the packet decides, by [`Push::follow`].
    Follows,
}
