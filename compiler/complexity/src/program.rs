//! What is estimated: instructions, and what they mean by the maps and functions that they name.

use nbpfc_isa::Insn;
use nbpfc_kernel::{MapKind, Target};

/// A program as the kernel would get it.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// The slots. Calls of functions lead where they should; maps need not be there.
    pub insns: &'a [Insn],
    /// Where it runs.
    pub target: &'a Target,
    /// The maps, and the constant tables as arrays of one value.
    pub maps: &'a [Map<'a>],
    /// The 64-bit loads of maps and their values, rising.
    pub references: &'a [Reference],
    /// The functions behind the program, each behind the one before.
    pub functions: &'a [Function],
}

/// A 64-bit load that is to give a map, or an address in its only value, whatever it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Its first slot.
    pub insn: u32,
    /// An index into [`Program::maps`].
    pub map: usize,
    /// Bytes from the start of the value; `None` for the map itself.
    pub offset: Option<u32>,
}

impl Program<'_> {
    /// What a 64-bit load is to give.
    pub(crate) fn reference(&self, insn: u32) -> Option<&Reference> {
        let found = self.references.binary_search_by_key(&insn, |reference| reference.insn);
        found.ok().map(|index| &self.references[index])
    }
}

/// What the verifier has to know of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Map<'a> {
    /// Its type.
    pub kind: MapKind,
    /// Bytes of a key.
    pub key_size: u32,
    /// Bytes of a value.
    pub value_size: u32,
    /// How many elements it has at most.
    pub max_entries: u32,
    /// What its values are, if these are maps: an index into [`Program::maps`].
    pub inner: Option<usize>,
    /// Its only value, if that cannot change once the program is loaded and is known; else nothing.
    pub constant: &'a [u8],
}

/// A function that the program calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its first slot.
    pub start: u32,
    /// Whether the verifier looks at it once, and not at each call (`BTF_FUNC_GLOBAL`).
    pub global: bool,
    /// The registers in which it gets the context, as bits, if it is global.
    pub contexts: u16,
}
