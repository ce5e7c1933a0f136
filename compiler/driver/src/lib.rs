//! One session: from source text to a finished object or diagnostics.
//!
//! The library that others embed. A [`Session`] keeps the source texts; [`Session::filter`] makes
//! a [`Filter`] from an expression, and a [`Verified`] object is made from that. Files and names
//! are had through a [`World`] only, so the same text for the same target gives the same bytes on
//! every machine.

mod world;
mod threads;
mod verified;
mod vocabulary;
mod records;
mod link;
mod text;
mod complexity;
mod used_maps;
mod session;
mod storage;
mod owned;
mod offline;
mod rejection;
mod counted;
mod captured;
mod frames;
mod live;
mod nbp;
mod trial;

pub use captured::{Captured, PACKETS};
pub use counted::{COUNTERS, Counted};
pub use frames::Frames;
pub use live::{Capture, Live};
pub use nbp::{Build, Program, Programs};
pub use nbpfc_btf::{Btf, Encoding, Type as BtfType, TypeId, View};
pub use nbpfc_codegen::{ClassicInsn, Code as Instructions};
pub use nbpfc_complexity::{Estimate, Limits};
pub use nbpfc_ir::{MapData, Module};
pub use nbpfc_isa::{Level, disassemble};
pub use nbpfc_kernel::{
    ContextField, Direction, Field, FieldSource, HOOKS, Helper, Hook, Layer, MapKind, Place,
    Target, USUAL, ValueKind, Version, packet_type,
};
pub use nbpfc_object::Object;
pub use nbpfc_pcap::names::{Names, NoNames, Tables};
pub use nbpfc_pcap::{LinkType, Sets};
pub use nbpfc_source::{
    Code, Diagnostic, File, FileId, Files, Label, Severity, Span, Style, nearest, read_bounded,
    render,
};
pub use nbpfc_syntax::{MAX_LENGTH, format};
pub use offline::{NotOffline, emulated_maps};
pub use session::{Filter, Matches, Request, Session};
pub use text::{assembly, c_array, classic};
pub use trial::{Contents, Decided, Left, LineCoverage, Missed, Outcome, Reached, Runner, decided};
pub use verified::Verified;
pub use vocabulary::{Vocabulary, vocabulary};
pub use world::{System, World};
