//! Names.

use nbpfc_source::Span;

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The word.
    pub name: String,
    /// Where it is written.
    pub span: Span,
}

/// Words with `.` between them, where only a name can stand: after `on`, `use`, `=>`, in types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// At least one.
    pub segments: Vec<Ident>,
    /// From the first to the last word.
    pub span: Span,
}

impl Path {
    /// As it is written: `tc.ingress`.
    pub fn dotted(&self) -> String {
        self.segments.iter().map(|word| word.name.as_str()).collect::<Vec<_>>().join(".")
    }
}
