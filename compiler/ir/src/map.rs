//! The maps of a module.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use cranelift_entity::PrimaryMap;
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

    /// Whether it is what its kind asks for, among all of a module.
    fn is_right(&self, all: &Maps) -> bool {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = if self.is_globals() {
            matches!(self.name.as_str(), ".bss" | ".data" | ".rodata")
        } else {
            self.name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && self.name.chars().all(word)
        };
        let (key, value) = (self.key_size > 0, self.value_size > 0);
        let shape = match self.kind {
            MapKind::RingBuf => !key && !value,
            MapKind::Queue | MapKind::Stack | MapKind::BloomFilter => !key && value,
            _ => key && value,
        };
        let data = self.data.is_empty()
            || self.is_direct() && self.data.len() as u64 == u64::from(self.value_size);
        let globals = self.is_direct() || !(self.is_globals() || self.constant);
        let inner = self.inner.is_some_and(|inner| all.is_valid(inner));
        name && shape && data && globals && inner == self.kind.is_outer()
    }
}

/// The maps of a module. Programs that are made from one source have the same ones: copies are the
/// same maps until one of them gets another map.
#[derive(Clone, Debug, Default)]
pub struct Maps(Arc<Shared>);

#[derive(Clone, Debug, Default)]
struct Shared {
    maps: PrimaryMap<Map, MapData>,
    /// Those that are no maps, once that was asked.
    wrong: OnceLock<Vec<Map>>,
}

impl Maps {
    /// Adds a map.
    pub fn push(&mut self, map: MapData) -> Map {
        let shared = Arc::make_mut(&mut self.0);
        shared.wrong.take();
        shared.maps.push(map)
    }

    /// Whether it is known without a look at them that all are the same.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Those that are not what their kind asks for.
    pub(crate) fn wrong(&self) -> &[Map] {
        self.0.wrong.get_or_init(|| {
            let wrong = self.iter().filter(|(_, map)| !map.is_right(self));
            wrong.map(|(map, _)| map).collect()
        })
    }
}

impl Deref for Maps {
    type Target = PrimaryMap<Map, MapData>;

    fn deref(&self) -> &Self::Target {
        &self.0.maps
    }
}

impl From<PrimaryMap<Map, MapData>> for Maps {
    fn from(maps: PrimaryMap<Map, MapData>) -> Self {
        Self(Arc::new(Shared { maps, wrong: OnceLock::new() }))
    }
}

impl FromIterator<MapData> for Maps {
    fn from_iter<T: IntoIterator<Item = MapData>>(maps: T) -> Self {
        maps.into_iter().collect::<PrimaryMap<_, _>>().into()
    }
}
