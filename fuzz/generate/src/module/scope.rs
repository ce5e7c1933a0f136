//! What is known at a place of the module.

use super::On;
use super::library::Has;
use super::packet::{HEADERS, Header};
use super::ty::Type;
use crate::choices::Choices;

/// Something with a value, by the words that stand for it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) words: String,
    pub(super) ty: Type,
    pub(super) assignable: bool,
    /// In memory that others see: `atomic` is for these.
    pub(super) shared: bool,
}

/// An array, by the words that stand for it.
#[derive(Clone, Debug)]
pub(super) struct Array {
    pub(super) words: String,
    pub(super) of: Type,
    pub(super) length: u32,
    pub(super) assignable: bool,
    /// In memory, where an element is a place.
    pub(super) memory: bool,
}

/// A map of the module.
#[derive(Clone, Debug)]
pub(super) struct Map {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) key: Type,
    pub(super) value: Type,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Array,
    Hash,
    Ring,
    /// Also a stack.
    Queue,
    /// Of IPv4 prefixes.
    Trie,
    /// Whose values have a lock, a number `first` and one `total`.
    Locked,
    Bloom,
    /// Perf events.
    Perf,
    /// Arrays and hashes in a map: key and value are those of the maps within.
    OfArrays,
    OfHashes,
    /// Of each processor.
    CpuArray,
    CpuHash,
    /// Of interfaces and sockets to redirect to.
    Targets,
    /// Of processors to redirect to, which programs do not see.
    Processors,
    /// Of control groups.
    Groups,
    Sockets,
    /// A value for each socket.
    OfSocket,
    /// A value for each control group.
    OfGroup,
    Programs,
}

impl Kind {
    /// Whether it has elements under keys.
    pub(super) const fn has_keys(self) -> bool {
        matches!(self, Self::Array | Self::Hash | Self::Trie)
    }
}

/// A function of the module.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) params: Vec<Type>,
    pub(super) result: Type,
    pub(super) absent: bool,
}

/// What `return` and `?` may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    Program,
    Function { result: Type, absent: bool },
}

#[derive(Debug)]
pub(super) struct Scope<'c, 'b, 'a> {
    pub(super) c: &'c mut Choices<'b>,
    pub(super) on: On<'a>,
    /// Whether what it does is the same each time, so that it can be compared.
    pub(super) compared: bool,
    pub(super) enums: Vec<Vec<String>>,
    pub(super) structs: Vec<Vec<(String, Type)>>,
    pub(super) maps: Vec<Map>,
    pub(super) functions: Vec<Function>,
    /// Constants, parameters, variables of the module and of the blocks around.
    pub(super) known: Vec<Known>,
    /// Variables that stand for headers, and which.
    pub(super) headers: Vec<(String, usize)>,
    /// Which of the module's own headers have an array `list`, of what, and how many.
    pub(super) lists: Vec<(&'static str, Type, u32)>,
    /// The module's own headers, and the one that has a field `extra: u16` only sometimes.
    pub(super) own: Vec<Header>,
    pub(super) extra: Option<&'static str>,
    pub(super) arrays: Vec<Array>,
    /// Sets with names, and of what.
    pub(super) sets: Vec<(String, Type)>,
    /// Functions that take a header, bytes, or a map and a key of it.
    pub(super) of_headers: Vec<(String, usize)>,
    pub(super) of_bytes: Vec<String>,
    /// Functions that are given the packet and perhaps give a verdict, and those that find a socket.
    pub(super) judges: Vec<String>,
    pub(super) finders: Vec<String>,
    pub(super) of_maps: Vec<(String, String, Type)>,
    pub(super) has: Has,
    /// The compiler runs it: nothing of the machine is known.
    pub(super) constant: bool,
    /// A socket is held.
    pub(super) held: bool,
    pub(super) inside: Inside,
    /// How many rounds the loops around make together; 1 outside of loops.
    pub(super) rounds: u32,
    names: u32,
    /// How often the packet's bytes moved.
    moves: u32,
}

/// What is known when a block begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    known: usize,
    headers: usize,
    arrays: usize,
    moves: u32,
}

impl<'c, 'b, 'a> Scope<'c, 'b, 'a> {
    pub(super) fn new(c: &'c mut Choices<'b>, on: On<'a>) -> Self {
        Self {
            compared: !c.one_in(8),
            c,
            on,
            enums: Vec::new(),
            structs: Vec::new(),
            maps: Vec::new(),
            functions: Vec::new(),
            known: Vec::new(),
            headers: Vec::new(),
            lists: Vec::new(),
            own: Vec::new(),
            extra: None,
            arrays: Vec::new(),
            sets: Vec::new(),
            of_headers: Vec::new(),
            of_bytes: Vec::new(),
            judges: Vec::new(),
            finders: Vec::new(),
            of_maps: Vec::new(),
            has: Has::default(),
            constant: false,
            held: false,
            inside: Inside::Program,
            rounds: 1,
            names: 0,
            moves: 0,
        }
    }

    pub(super) fn enter_program(&mut self) {
        self.inside = Inside::Program;
        let meta = |words: &str| Known {
            words: words.into(),
            ty: super::ty::U32,
            assignable: false,
            shared: false,
        };
        self.known.extend(["pkt.len", "pkt.ifindex"].map(meta));
        let set = |words: &str| Known { assignable: true, ..meta(words) };
        if self.on.is(&["tc", "cgroup_skb", "lwt"]) {
            self.known.extend(["pkt.mark", "pkt.priority", "pkt.cb[3]"].map(set));
        }
        if self.on.is(&["tc"]) {
            let short = |words: &str| Known { ty: super::ty::U16, ..set(words) };
            self.known.extend(["pkt.tc_index", "pkt.queue_mapping"].map(short));
            self.known.push(Known { ty: super::ty::U64, ..set("pkt.tstamp") });
        }
    }

    /// A name that nothing has yet.
    pub(super) fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    pub(super) fn verdict(&mut self) -> &'a str {
        self.c.pick(self.on.verdicts)
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            known: self.known.len(),
            headers: self.headers.len(),
            arrays: self.arrays.len(),
            moves: self.moves,
        }
    }

    pub(super) fn leave(&mut self, mark: Mark) {
        self.known.truncate(mark.known);
        self.arrays.truncate(mark.arrays);
        // What was found before the packet moved is not there any more.
        let kept = if self.moves == mark.moves { mark.headers } else { 0 };
        self.headers.truncate(kept);
    }

    /// The packet's bytes move: what was found before is not used any more.
    pub(super) fn moved(&mut self) {
        self.headers.clear();
        self.moves += 1;
    }

    /// Makes a variable known, and the fields of a struct with it.
    pub(super) fn declare(&mut self, words: String, ty: Type, assignable: bool, shared: bool) {
        if let Type::Struct(at) = ty {
            for (field, ty) in self.structs[at].clone() {
                self.declare(format!("{words}.{field}"), ty, assignable, shared);
            }
        }
        self.known.push(Known { words, ty, assignable, shared });
    }

    /// Something known of a type.
    pub(super) fn known_of(&mut self, ty: Type) -> Option<String> {
        self.some(|known| known.ty == ty).map(|known| known.words)
    }

    /// Something known, of those that are wanted.
    pub(super) fn some(&mut self, wanted: impl Fn(&Known) -> bool) -> Option<Known> {
        let fitting: Vec<&Known> = self.known.iter().filter(|known| wanted(known)).collect();
        if fitting.is_empty() {
            return None;
        }
        Some(fitting[self.c.below(fitting.len() as u32) as usize].clone())
    }

    /// A header by its number: those of the library are before those of the module.
    pub(super) fn protocol(&self, at: usize) -> &Header {
        HEADERS.get(at).unwrap_or_else(|| &self.own[at - HEADERS.len()])
    }

    /// Whether `?` may leave.
    pub(super) fn may_leave(&self) -> bool {
        !matches!(self.inside, Inside::Function { absent: false, .. })
    }

    /// The fields of this header, if the packets of the hook may have it.
    pub(super) fn in_program(&self) -> bool {
        self.inside == Inside::Program
    }
}
