//! Source text, places in it, and what is said about them.
//!
//! Every stage speaks of source through [`Span`] (a byte range of one file) and
//! reports through [`Diagnostic`]. Only [`render`] knows the library that draws
//! the underlined excerpt.

mod bounded;
mod code;
mod file;
mod spelling;
mod diagnostic;
mod excerpt;
mod render;

pub use bounded::read_bounded;
pub use code::Code;
pub use diagnostic::{Diagnostic, Label, Severity};
pub use file::{File, FileId, Files, Position, Span};
pub use render::{Style, render};
pub use spelling::nearest;
