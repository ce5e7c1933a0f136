//! Where among several programs at one place a new one goes.

/// A place in the order. Numbers are those of [`crate::ProgramInfo::id`] and [`crate::Link::id`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Before all that are there.
    First,
    /// After all that are there.
    #[default]
    Last,
    /// Before a program.
    BeforeProgram(u32),
    /// After a program.
    AfterProgram(u32),
    /// Before a link.
    BeforeLink(u32),
    /// After a link.
    AfterLink(u32),
}

const BEFORE: u32 = 1 << 3;
const AFTER: u32 = 1 << 4;
const ID: u32 = 1 << 5;
const LINK: u32 = 1 << 13;

impl Order {
    /// `BPF_F_*`, and the number that they are about.
    pub(crate) fn flags(self) -> (u32, u32) {
        match self {
            Self::First => (BEFORE, 0),
            Self::Last => (AFTER, 0),
            Self::BeforeProgram(id) => (BEFORE | ID, id),
            Self::AfterProgram(id) => (AFTER | ID, id),
            Self::BeforeLink(id) => (BEFORE | ID | LINK, id),
            Self::AfterLink(id) => (AFTER | ID | LINK, id),
        }
    }
}
