//! The table of diagnostic codes.
//!
//! Families: `E00` reading text, `E01` names, `E02` meaning, `E03` what must be certain, `E04` the target,
//! `E05` tests, `E09` files and the outside; `B` marks a bug of the compiler's own.

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
    /// A name that is declared twice.
    DuplicateName = "E0102",
    /// A part that a value does not have.
    UnknownMember = "E0103",
    /// A name that stands for something of another kind.
    WrongKind = "E0104",
    /// Words that cannot be combined.
    BadQualifier = "E0201",
    /// A value outside what its place allows.
    BadValue = "E0202",
    /// The link type does not have this.
    NotOnLinkType = "E0203",
    /// The filter can never match.
    RejectsAll = "E0204",
    /// A value of another type than its place has.
    TypeMismatch = "E0205",
    /// A value that only the running program knows, where the compiler has to.
    NotConstant = "E0206",
    /// Arguments that a function, struct or program does not take.
    WrongArguments = "E0207",
    /// A value that nobody takes.
    UnusedValue = "E0208",
    /// Values that no arm of `match` takes.
    NotExhaustive = "E0209",
    /// Code that control never comes to.
    NeverReached = "E0210",
    /// An end without the value that has to be there.
    FallsThrough = "E0211",
    /// Something that depends on itself.
    Recursion = "E0212",
    /// Fields that do not make a header.
    BadLayout = "E0213",
    /// Nothing to compile.
    NoProgram = "E0214",
    /// A value is used that may be absent.
    AbsentValue = "E0301",
    /// A value is asked for that is never absent.
    NeverAbsent = "E0302",
    /// `?` where there is nothing to leave with.
    NoOtherwise = "E0303",
    /// A loop or length without a bound.
    Unbounded = "E0304",
    /// Something is assigned that cannot be.
    ReadOnly = "E0305",
    /// A header that such packets never have.
    NeverFound = "E0306",
    /// A place in a packet whose bytes have moved since.
    Moved = "E0307",
    /// Something that has to be given back is not, twice, or used afterwards.
    Held = "E0308",
    /// A header that is changed, and is found where the compiler does not see.
    Unplaced = "E0309",
    /// The hook or the kernel does not have this.
    NotOnTarget = "E0401",
    /// More than the target allows: instructions, stack.
    TargetLimit = "E0402",
    /// The kernel's verifier refused what was compiled for it.
    Rejected = "E0403",
    /// More ways than the kernel's verifier follows.
    TooComplex = "E0404",
    /// Something of the language that is not compiled yet.
    NotYet = "E0499",
    /// A test in which something is not as it says.
    TestFailed = "E0501",
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
