//! The maps of an object in the kernel.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::{Path, PathBuf};

use nbpfc_btf::Btf as Types;
use nbpfc_kernel::MapKind;
use nbpfc_object::{Contents, Map as Definition, Object, Shape, Slot};

use super::plan::{MapPlan, max_entries};
use crate::btf::Btf;
use crate::cpu;
use crate::errno::Errno;
use crate::error::Error;
use crate::map::{Map, MapOptions, MapTypes};
use crate::sys::mapping::page_size;

/// `BPF_F_MMAPABLE`: this process can map the value.
const MAPPABLE: u32 = 1 << 10;
/// `BPF_F_RDONLY_PROG`.
const READ_ONLY: u32 = 1 << 7;
const ARRAY: u32 = 2;

/// Where maps get to.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The object's types in the kernel.
    pub(super) types: Option<&'a Btf>,
    /// The directory of pins.
    pub(super) pins: &'a Path,
    /// The interface whose card keeps them, or 0.
    pub(super) device: u32,
}

/// Creates, opens or takes over each map; `None` for those that are not to be there. What is still
/// to be pinned stands in `unpinned` then, with its place.
pub(super) fn create(
    object: &Object,
    plans: &mut [MapPlan],
    place: Place<'_>,
    unpinned: &mut Vec<(usize, PathBuf)>,
) -> Result<Vec<Option<Map>>, Error> {
    let mut maps: Vec<Option<Map>> = Vec::new();
    for (definition, plan) in object.maps.iter().zip(plans) {
        let index = maps.len();
        let map = if plan.create {
            let pin = |pin: PathBuf| unpinned.push((index, pin));
            let made = one(definition, plan, object.btf.as_ref(), place, pin);
            Some(made.map_err(|error| Error::Map {
                name: definition.name.clone(),
                error: Box::new(error),
            })?)
        } else {
            None
        };
        maps.push(map);
    }
    Ok(maps)
}

fn one(
    definition: &Definition,
    plan: &mut MapPlan,
    btf: Option<&Types>,
    place: Place<'_>,
    is_new: impl FnOnce(PathBuf),
) -> Result<Map, Error> {
    let inner = definition.inner.as_deref().map(|inner| {
        let options = options(inner, inner.max_entries, btf, place)?;
        create_typed(&options)
    });
    let inner = inner.transpose()?;
    let mut options = options(definition, plan.max_entries, btf, place)?;
    options.inner = inner.as_ref().map(AsFd::as_fd);

    let pin = plan.pin.as_ref().map(|pin| place.pins.join(pin));
    if let Some(map) = plan.reuse.take() {
        check(&map, &options, "the map to use instead")?;
        return Ok(map);
    }
    if let Some(pin) = &pin {
        match Map::open(pin) {
            Ok(map) => {
                check(&map, &options, &pin.display().to_string())?;
                return Ok(map);
            }
            Err(error) if error.errno() == Some(Errno::ENOENT) => {}
            Err(error) => return Err(error),
        }
    }
    let map = match &definition.contents {
        Contents::Data(bytes) => data(options, bytes, definition.is_frozen())?,
        Contents::Elements(elements) => {
            let map = create_typed(&options)?;
            for (key, value) in elements {
                map.update(key, value, 0)?;
            }
            map
        }
        Contents::Empty | Contents::Slots(_) | Contents::Maps(_) => create_typed(&options)?,
    };
    pin.map(is_new);
    Ok(map)
}

/// Pins maps; if one cannot be, none is.
pub(super) fn pin(
    object: &Object,
    maps: &[Option<Map>],
    unpinned: &[(usize, PathBuf)],
) -> Result<(), Error> {
    for (done, (index, path)) in unpinned.iter().enumerate() {
        let Some(Some(map)) = maps.get(*index) else { continue };
        if let Err(error) = map.pin(path) {
            for (_, path) in &unpinned[..done] {
                // A name of ours in a BPF file system. If it stays it is in the way, and said so.
                let _ = std::fs::remove_file(path);
            }
            let name = object.maps.get(*index).map_or("", |map| &map.name).to_owned();
            return Err(Error::Map { name, error: Box::new(error) });
        }
    }
    Ok(())
}

/// Global data: an array of one value, which this process can map if the kernel lets it.
pub(super) fn data(options: MapOptions<'_>, bytes: &[u8], frozen: bool) -> Result<Map, Error> {
    let mappable = MapOptions { flags: options.flags | MAPPABLE, ..options };
    let map = match create_typed(&mappable) {
        Err(error) if error.errno() == Some(Errno::EINVAL) => create_typed(&options)?,
        made => made?,
    };
    map.update(&[0; 4], bytes, 0)?;
    if frozen {
        map.freeze()?;
    }
    Ok(map)
}

/// The map of the kernel's configuration, which programs read.
pub(super) fn settings(bytes: &[u8]) -> Result<Map, Error> {
    let options = MapOptions {
        map_type: ARRAY,
        key_size: 4,
        value_size: bytes.len() as u32,
        max_entries: 1,
        flags: READ_ONLY,
        name: ".kconfig",
        ..MapOptions::default()
    };
    data(options, bytes, true)
}

fn options<'a>(
    definition: &'a Definition,
    wanted: u32,
    btf: Option<&Types>,
    place: Place<'a>,
) -> Result<MapOptions<'a>, Error> {
    let size = |shape: Shape| {
        let unsized_ = || Error::Object("a key or value has a type without size".to_owned());
        shape.size(btf).ok_or_else(unsized_)
    };
    let processors = cpu::possible()? as u32;
    let page = page_size() as u32;
    Ok(MapOptions {
        map_type: definition.kind,
        key_size: size(definition.key)?,
        value_size: size(definition.value)?,
        max_entries: max_entries(definition.kind, wanted, processors, page),
        flags: definition.flags,
        extra: definition.extra.into(),
        name: &definition.name,
        inner: None,
        // A card's maps have no types: map_check_no_btf of kernel/bpf/offload.c.
        types: place
            .types
            .filter(|_| place.device == 0)
            .and_then(|types| typed(definition, types.as_fd())),
        device: if is_neutral(definition) { 0 } else { place.device },
    })
}

/// Whether a card's programs use the kernel's map.
fn is_neutral(definition: &Definition) -> bool {
    MapKind::by_number(definition.kind) == Some(MapKind::PerfEventArray)
}

/// The types of keys and values, where the kernel takes them.
fn typed<'a>(definition: &Definition, btf: BorrowedFd<'a>) -> Option<MapTypes<'a>> {
    let is_data = matches!(definition.contents, Contents::Data(_));
    match (definition.key, definition.value) {
        (_, Shape::Type(value)) if is_data => Some(MapTypes { btf, key: 0, value: value.0 }),
        (Shape::Type(key), Shape::Type(value))
            if MapKind::by_number(definition.kind).is_some_and(MapKind::is_typed) =>
        {
            Some(MapTypes { btf, key: key.0, value: value.0 })
        }
        _ => None,
    }
}

/// Creates a map with its types, or without where the kernel has no use for them: those that
/// programs rest on, such as locks, it then misses when it verifies.
fn create_typed(options: &MapOptions<'_>) -> Result<Map, Error> {
    match Map::create(options) {
        Err(error)
            if options.types.is_some()
                && matches!(error.errno(), Some(Errno::EINVAL | Errno::ENOTSUPP)) =>
        {
            Map::create(&MapOptions { types: None, ..*options }).map_err(|_| error)
        }
        made => made,
    }
}

/// Refuses a map that is not like the one wanted.
fn check(map: &Map, wanted: &MapOptions<'_>, place: &str) -> Result<(), Error> {
    let info = map.info()?;
    // Whether a process can map it changes nothing for programs.
    let wanted = MapOptions { flags: wanted.flags | info.flags & MAPPABLE, ..*wanted };
    let differences = info.differences(&wanted);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::Differs { place: place.to_owned(), differences })
}

/// A key in a message: a number, if it has four bytes.
fn shown(key: &[u8]) -> String {
    match key.try_into().map(u32::from_ne_bytes) {
        Ok(number) => number.to_string(),
        Err(_) => format!("{key:02x?}"),
    }
}

/// Puts into maps of maps and of programs what the object says is in them; `program` gives the
/// descriptor of a program that was loaded.
pub(super) fn fill<'a>(
    object: &Object,
    maps: &[Option<Map>],
    wanted: impl Fn(&Slot) -> bool,
    program: impl Fn(usize) -> Option<BorrowedFd<'a>>,
) -> Result<(), Error> {
    for (definition, map) in object.maps.iter().zip(maps) {
        let Some(map) = map else { continue };
        let slots: Vec<(Vec<u8>, Slot)> = match &definition.contents {
            Contents::Slots(slots) => {
                slots.iter().map(|(index, slot)| (index.to_ne_bytes().to_vec(), *slot)).collect()
            }
            Contents::Maps(held) => {
                held.iter().map(|(key, map)| (key.clone(), Slot::Map(*map))).collect()
            }
            _ => continue,
        };
        for (key, slot) in slots.iter().filter(|(_, slot)| wanted(slot)) {
            let descriptor = match *slot {
                Slot::Map(index) => maps.get(index).and_then(Option::as_ref).map(AsFd::as_fd),
                Slot::Program(index) => program(index),
            };
            // What is not to be there is in no slot either.
            let Some(descriptor) = descriptor else { continue };
            let value = descriptor.as_raw_fd().to_ne_bytes();
            map.update(key, &value, 0).map_err(|error| Error::Map {
                name: format!("{}[{}]", definition.name, shown(key)),
                error: Box::new(error),
            })?;
        }
    }
    Ok(())
}
