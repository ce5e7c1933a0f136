//! What the names of a generic function stand for.

use std::collections::BTreeMap;

use crate::types::{HookId, Type};

/// What the names of a function stand for in one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound<'a> {
    pub(crate) types: BTreeMap<&'a str, Type>,
    /// Lengths of arrays.
    pub(crate) counts: BTreeMap<&'a str, u32>,
    /// Where the programs run that it is called for, if it is about that.
    pub(crate) hook: Option<HookId>,
}

impl Bound<'_> {
    /// Whether it is known what a name stands for.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.types.contains_key(name) || self.counts.contains_key(name)
    }
}
