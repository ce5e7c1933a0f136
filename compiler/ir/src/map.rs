//! The maps of a module.

use nbpfc_kernel::MapKind;

use crate::entity::Map;

/// A map, as the object will define it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapData {
    /// Its name, `[A-Za-z_][A-Za-z0-9_]*`, or `.bss`, `.data` or `.rodata` for global data.
    pub name: String,
    /// Its type.
    pub kind: MapKind,
    /// Bytes of a key; 0 where the type has none.
    pub key_size: u32,
    /// Bytes of a value; 0 where the type has none.
    pub value_size: u32,
    /// How many elements it has at most; of a ring buffer, how many bytes.
    pub max_entries: u32,
    /// `BPF_F_*` of its creation.
    pub flags: u32,
    /// What kind of map its values are, if it is a map of maps.
    pub inner: Option<Map>,
    /// The maps that are in it when programs see it first, if it is a map of maps, by keys as they lie in
    /// memory. They are no part of the text form.
    pub holds: Vec<(Vec<u8>, Map)>,
    /// The elements that are in it when programs see it first: keys and values as they lie in memory.
    /// They are no part of the text form.
    pub elements: Vec<(Vec<u8>, Vec<u8>)>,
    /// What global data begins as: [`MapData::value_size`] bytes, or none for zeros.
    pub data: Vec<u8>,
    /// Programs do not write it: global data that the loader sets before they are loaded.
    pub constant: bool,
}

impl MapData {
    /// A map of a type, without flags.
    pub fn new(
        name: impl Into<String>,
        kind: MapKind,
        key_size: u32,
        value_size: u32,
        max_entries: u32,
    ) -> Self {
        Self {
            name: name.into(),
            kind,
            key_size,
            value_size,
            max_entries,
            flags: 0,
            inner: None,
            holds: Vec::new(),
            elements: Vec::new(),
            data: Vec::new(),
            constant: false,
        }
    }

    /// Global data that begins with these bytes: `.bss`, `.data` or `.rodata` by its contents and
    /// by whether programs write it.
    pub fn globals(data: Vec<u8>, constant: bool) -> Self {
        let name = match (constant, data.iter().all(|byte| *byte == 0)) {
            (true, _) => ".rodata",
            (false, true) => ".bss",
            (false, false) => ".data",
        };
        let size = data.len() as u32;
        Self { data, constant, ..Self::new(name, MapKind::Array, 4, size, 1) }
    }

    /// Whether its value's address is known when the program is loaded.
    pub fn is_direct(&self) -> bool {
        self.kind == MapKind::Array && self.max_entries == 1
    }

    /// Whether it is a section of global data.
    pub fn is_globals(&self) -> bool {
        self.name.starts_with('.')
    }
}
