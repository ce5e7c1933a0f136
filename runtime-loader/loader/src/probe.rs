//! What the running kernel has: tried, not guessed from its version, and asked once in a process.
//!
//! A refusal for want of rights is an error, never the answer no.

mod features;
mod links;
mod maps;
mod programs;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use nbpfc_kernel::{MapKind, ProgramType};

use crate::error::Error;

pub use features::Feature;
pub use links::LinkKind;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Question {
    Program(ProgramType),
    Map(MapKind),
    Helper(ProgramType, i32),
    Link(LinkKind),
    Feature(Feature),
}

/// Whether programs of a type can be loaded.
///
/// # Errors
/// [`Error::NotPermitted`] if this process may not try.
pub fn program_type(kind: ProgramType) -> Result<bool, Error> {
    answer(Question::Program(kind))
}

/// Whether maps of a type can be created.
///
/// # Errors
/// [`Error::NotPermitted`] if this process may not try.
pub fn map_kind(kind: MapKind) -> Result<bool, Error> {
    answer(Question::Map(kind))
}

/// Whether programs of a type may call the helper of a number
/// (see [`Helper`](nbpfc_kernel::Helper)).
///
/// # Errors
/// [`Error::NotPermitted`] if this process may not try; the kernel's refusal of the type.
pub fn helper(kind: ProgramType, helper: i32) -> Result<bool, Error> {
    answer(Question::Helper(kind, helper))
}

/// Whether the kernel attaches by links of a kind.
///
/// # Errors
/// [`Error::NotPermitted`] if this process may not try.
pub fn link(kind: LinkKind) -> Result<bool, Error> {
    answer(Question::Link(kind))
}

/// Whether the kernel has something else.
///
/// # Errors
/// [`Error::NotPermitted`] if this process may not try.
pub fn feature(feature: Feature) -> Result<bool, Error> {
    answer(Question::Feature(feature))
}

fn answer(question: Question) -> Result<bool, Error> {
    static KNOWN: Mutex<Option<HashMap<Question, bool>>> = Mutex::new(None);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(answer) = known().as_ref().and_then(|known| known.get(&question).copied()) {
        return Ok(answer);
    }
    let answer = match question {
        Question::Program(kind) => programs::has(kind),
        Question::Map(kind) => maps::has(kind),
        Question::Helper(kind, helper) => programs::has_helper(kind, helper),
        Question::Link(kind) => links::has(kind),
        Question::Feature(feature) => features::has(feature),
    }?;
    known().get_or_insert_default().insert(question, answer);
    Ok(answer)
}

/// A refusal as an answer: no, unless it was for want of rights.
fn refused(error: Error) -> Result<bool, Error> {
    if matches!(error, Error::NotPermitted { .. }) { Err(error) } else { Ok(false) }
}

#[cfg(test)]
mod tests;
