//! Records that a program writes to ring buffers and perf events, a line each.

use std::fmt::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, BorrowedFd};

use nbpfc_driver::{Btf, BtfType, Encoding, MapKind, TypeId, View};
use nbpfc_loader::{Collection, Error, PerfBuffer, PerfRecord, RingBuffer};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{self, Taken};

/// Records that are printed before somebody looks at signals again.
const AT_ONCE: usize = 4096;
/// Bytes of perf events for each processor.
const ROOM: usize = 256 << 10;
/// How deep records are looked into.
const DEPTH: usize = 16;

/// The maps of a program that take events.
pub(crate) struct Events {
    sources: Vec<Source>,
    types: Btf,
    as_json: bool,
}

struct Source {
    name: String,
    reader: Reader,
    ty: TypeId,
    /// Records that found no room, as far as the kernel tells.
    lost: u64,
}

enum Reader {
    Ring(RingBuffer),
    Perf(PerfBuffer),
}

impl Events {
    /// Opens the maps with these names, whose records have these types.
    pub(crate) fn open(
        collection: &Collection,
        records: Vec<(String, TypeId)>,
        types: Btf,
        as_json: bool,
    ) -> Result<Option<Self>, Error> {
        let mut sources = Vec::new();
        for (name, ty) in records {
            let map = collection.map(&name)?;
            let reader = match map.kind() {
                Some(MapKind::PerfEventArray) => PerfBuffer::new(map, ROOM).map(Reader::Perf)?,
                _ => RingBuffer::new(map).map(Reader::Ring)?,
            };
            sources.push(Source { name, reader, ty, lost: 0 });
        }
        let events = Self { sources, types, as_json };
        Ok((!events.sources.is_empty()).then_some(events))
    }

    /// What can be read when there are records.
    pub(crate) fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let descriptors = self.sources.iter().map(|source| match &source.reader {
            Reader::Ring(ring) => ring.as_fd(),
            Reader::Perf(perf) => perf.as_fd(),
        });
        descriptors.collect()
    }

    /// Prints what is there.
    pub(crate) fn take(&mut self) -> Result<Taken, Failure> {
        let mut text = String::new();
        let mut left = AT_ONCE;
        for Source { name, reader, ty, lost } in &mut self.sources {
            let mut print = |record: &[u8]| {
                let value = shown(&self.types, *ty, record, DEPTH);
                let _ = if self.as_json {
                    let row = json!({ "event": name, "record": value.json() });
                    writeln!(text, "{row}")
                } else {
                    writeln!(text, "{name} {value}")
                };
                left = left.saturating_sub(1);
            };
            match reader {
                Reader::Ring(ring) => {
                    for _ in 0..AT_ONCE {
                        let Some(record) = ring.next() else { break };
                        print(&record);
                    }
                }
                Reader::Perf(perf) => {
                    perf.drain(|record| match record {
                        PerfRecord::Sample { data, .. } => print(data),
                        PerfRecord::Lost { count, .. } => *lost += count,
                    });
                }
            }
        }
        if !output::send(text.as_bytes())? {
            return Ok(Taken::Unheard);
        }
        Ok(if left > 0 { Taken::All } else { Taken::Some })
    }

    /// Says how many records nobody got to see.
    pub(crate) fn finish(&self) {
        for source in self.sources.iter().filter(|source| source.lost > 0) {
            eprintln!("{}: {} records found no room", source.name, source.lost);
        }
    }
}

/// A value of a record.
enum Shown {
    /// A number, a truth value, an address, a name.
    One(Value),
    List(Vec<Shown>),
    /// Fields in their order.
    Fields(Vec<(String, Shown)>),
}

/// The first bytes as a value of a type.
fn shown(types: &Btf, ty: TypeId, bytes: &[u8], depth: usize) -> Shown {
    let Some(depth) = depth.checked_sub(1) else { return Shown::One(Value::Null) };
    let view = View::new(types, ty, bytes);
    if let Some(address) = address(types, ty, &view) {
        return Shown::One(address.into());
    }
    match types.resolve(ty).map(|(_, ty)| ty) {
        Some(BtfType::Struct(fields)) => {
            let fields = fields.members.iter().map(|member| {
                let rest = bytes.get(member.offset as usize / 8..).unwrap_or_default();
                (member.name.clone(), shown(types, member.ty, rest, depth))
            });
            Shown::Fields(fields.collect())
        }
        Some(BtfType::Array(array)) => {
            let elements = (0..array.len).map_while(|index| view.element(index)?.bytes());
            Shown::List(elements.map(|bytes| shown(types, array.element, bytes, depth)).collect())
        }
        Some(ty) => Shown::One(scalar(ty, &view)),
        None => Shown::One(Value::Null),
    }
}

fn scalar(ty: &BtfType, view: &View<'_>) -> Value {
    let Some(number) = view.number() else { return Value::Null };
    match ty {
        BtfType::Int(int) if int.encoding == Encoding::Bool => (number != 0).into(),
        // A number that has no name stays one.
        BtfType::Enum(_) | BtfType::Enum64(_) if view.to_string() != number.to_string() => {
            view.to_string().into()
        }
        _ => match i64::try_from(number) {
            Ok(number) => number.into(),
            Err(_) => u64::try_from(number).map_or(Value::Null, Value::from),
        },
    }
}

/// An address as people write it, where the type's name says that it is one.
fn address(types: &Btf, ty: TypeId, view: &View<'_>) -> Option<String> {
    let BtfType::Typedef(named) = types.get(ty)? else { return None };
    let bytes = view.bytes()?;
    match named.name.as_str() {
        "ipv4addr" => Some(Ipv4Addr::from(*bytes.first_chunk::<4>()?).to_string()),
        "ipv6addr" => Some(Ipv6Addr::from(*bytes.first_chunk::<16>()?).to_string()),
        "macaddr" => {
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(digits.join(":"))
        }
        _ => None,
    }
}

impl Shown {
    fn json(&self) -> Value {
        match self {
            Self::One(value) => value.clone(),
            Self::List(list) => list.iter().map(Self::json).collect(),
            Self::Fields(fields) => {
                let fields = fields.iter().map(|(name, field)| (name.clone(), field.json()));
                Value::Object(fields.collect())
            }
        }
    }
}

impl fmt::Display for Shown {
    /// `source=10.9.0.1 port=80`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(Value::String(text)) => f.write_str(text),
            Self::One(value) => value.fmt(f),
            Self::List(list) => {
                f.write_str("[")?;
                for (index, element) in list.iter().enumerate() {
                    write!(f, "{}{element}", if index == 0 { "" } else { " " })?;
                }
                f.write_str("]")
            }
            Self::Fields(fields) => {
                for (index, (name, field)) in fields.iter().enumerate() {
                    write!(f, "{}{name}=", if index == 0 { "" } else { " " })?;
                    match field {
                        Self::Fields(_) => write!(f, "({field})")?,
                        _ => field.fmt(f)?,
                    }
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DEPTH, shown};
    use nbpfc_driver::{Build, File, Session, System, Version};

    #[test]
    fn records_are_read_by_their_types() {
        let text = "enum Kind : u8 { low = 1, high = 2 }\n\
            struct Place { port: u16, known: bool }\n\
            struct Event { source: ipv4addr, six: ipv6addr, card: macaddr, kind: Kind, place: \
            Place, delta: i32 }\n\
            map events: ringbuf<Event>(4KiB);\n\
            program p(pkt) on xdp { return pass; }";
        let world = System::default();
        let mut session = Session::new(&world);
        let id = session.add_module(File::new("m.nbp", text));
        let programs = session.module(id, &Build::new(Version::new(6, 1))).expect("a module");
        let (verified, records) = programs.object_and_records(&[&programs.programs[0]]);
        let types = verified.object().btf.as_ref().expect("types");
        let [(name, ty)] = &records[..] else { panic!("one ring buffer, not {records:?}") };
        assert_eq!(name, "events");

        let mut bytes = vec![10, 9, 0, 1, 0, 0, 0, 0];
        bytes.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        bytes.extend([2, 0, 0, 0, 0, 0xff, 2, 0, 80, 0, 1, 0]);
        bytes.extend((-5_i32).to_le_bytes());
        bytes.resize(types.size_of(*ty).expect("a size") as usize, 0);
        let value = shown(types, *ty, &bytes, DEPTH);
        assert_eq!(
            value.to_string(),
            "source=10.9.0.1 six=2001:db8::1 card=02:00:00:00:00:ff kind=high place=(port=80 \
             known=true) delta=-5"
        );
        assert_eq!(
            value.json().to_string(),
            r#"{"card":"02:00:00:00:00:ff","delta":-5,"kind":"high","place":{"known":true,"port":80},"six":"2001:db8::1","source":"10.9.0.1"}"#
        );
        // What is cut off is not made up.
        assert!(shown(types, *ty, &bytes[..2], DEPTH).to_string().starts_with("source=null"));
    }
}
