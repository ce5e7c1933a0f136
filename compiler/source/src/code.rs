//! The table of diagnostic codes.
//!
//! Families: `E00` reading text, `E01` names, `E02` meaning, `E04` the target,
//! `E09` files and the outside; `B` marks a bug of the compiler's own.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What kind of problem a diagnostic reports; stable across releases.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in table order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as it is printed, `E0001`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// A character or literal that the language does not have.
    BadToken = "E0001",
    /// Something else was expected here.
    UnexpectedToken = "E0002",
    /// Nested deeper, or longer, than the compiler reads.
    TooLarge = "E0003",
    /// A name that no table knows.
    UnknownName = "E0101",
    /// Words that cannot be combined.
    BadQualifier = "E0201",
    /// A value outside what its place allows.
    BadValue = "E0202",
    /// The link type does not have this.
    NotOnLinkType = "E0203",
    /// The filter can never match.
    RejectsAll = "E0204",
    /// The hook or the kernel does not have this.
    NotOnTarget = "E0401",
    /// More than the target allows: instructions, stack.
    TargetLimit = "E0402",
    /// The kernel's verifier refused what was compiled for it.
    Rejected = "E0403",
    /// A file that cannot be read or written, or is not what it should be.
    BadFile = "E0901",
    /// The compiler produced something that its own checks refuse.
    Bug = "B0001",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
