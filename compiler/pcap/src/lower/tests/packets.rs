//! Packets to try filters on: those of the corpus' captures, put behind every link header, and
//! random ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nbpfc_capture::Reader;

use super::reframe::reframed;
use crate::lower::LinkType;

/// A packet as it was captured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Captured {
    pub(super) data: Vec<u8>,
    /// Bytes on the wire.
    pub(super) length: u32,
}

/// The packets of a capture, and its `LINKTYPE_` number; as far as it can be read.
pub(super) fn capture(path: &Path) -> Option<(u32, Vec<Captured>)> {
    let mut reader = Reader::new(std::fs::File::open(path).ok()?).ok()?;
    let link = reader.header().link_type.to_linktype()?;
    let mut packets = Vec::new();
    while let Ok(Some(packet)) = reader.next() {
        packets.push(Captured { data: packet.data.to_vec(), length: packet.original_length });
    }
    Some((link, packets))
}

/// A generator of numbers that look random; the same every time.
#[derive(Clone, Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound.max(1)
    }

    /// One of several.
    pub(super) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

/// All packets of the captures, distinct, by link type.
fn captured(corpus: &Path) -> BTreeMap<u32, BTreeSet<Captured>> {
    let mut all: BTreeMap<u32, BTreeSet<Captured>> = BTreeMap::new();
    for folder in ["captures/libpcap", "captures/tcpdump"] {
        let entries = std::fs::read_dir(corpus.join(folder)).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        for (link, packets) in paths.iter().filter_map(|path| capture(path)) {
            all.entry(link).or_default().extend(packets);
        }
    }
    all
}

/// Packets by link type; none where the corpus is not there.
pub(super) struct Packets(BTreeMap<u32, Vec<Captured>>);

impl Packets {
    /// About `count` packets for each link type, whole and cut, and random ones.
    pub(super) fn sample(corpus: &Path, count: usize) -> Self {
        let all = captured(corpus);
        let mut random = Random(1);
        let frames: Vec<Captured> = all.get(&1).into_iter().flatten().cloned().collect();
        let mut by_link = BTreeMap::new();
        for link in LinkType::ALL {
            let mut packets: Vec<_> = frames.iter().filter_map(|f| reframed(f, *link)).collect();
            packets.extend(all.get(&link.number()).into_iter().flatten().cloned());
            let mut chosen: Vec<Captured> = Vec::new();
            while chosen.len() < count && !packets.is_empty() {
                let mut packet = random.pick(&packets).clone();
                match random.below(4) {
                    0 => packet.data.truncate(random.below(packet.data.len() + 1)),
                    1 => {
                        // Most headers end below this.
                        packet.data.truncate(random.below(80));
                    }
                    2 => {
                        for _ in 0..random.below(4) {
                            let at = random.below(packet.data.len().min(80));
                            if let Some(byte) = packet.data.get_mut(at) {
                                *byte = random.below(256) as u8;
                            }
                        }
                    }
                    _ => {}
                }
                chosen.push(packet);
            }
            for length in 0..count / 10 {
                let data = (0..length).map(|_| random.below(256) as u8).collect();
                chosen.push(Captured { data, length: length as u32 });
            }
            by_link.insert(link.number(), chosen);
        }
        Self(by_link)
    }

    /// The packets of a link type.
    pub(super) fn of(&self, link: LinkType) -> &[Captured] {
        self.0.get(&link.number()).map_or(&[], Vec::as_slice)
    }
}
