//! Packets to run filters on.

use std::fs::File;
use std::path::Path;

use nbpfc_capture::Reader;

use crate::place::{corpus, files_below, root};

/// What is filtered: captured bytes, and the length on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// The bytes that were captured.
    pub data: Vec<u8>,
    /// Length on the wire, in bytes.
    pub length: u32,
}

/// The packets of a capture and its `DLT_` number; up to the place where it is damaged.
pub fn read(path: &Path) -> Option<(u32, Vec<Captured>)> {
    let mut reader = Reader::new(File::open(path).ok()?).ok()?;
    let link_type = reader.header().link_type.dlt();
    let mut packets = Vec::new();
    while let Ok(Some(packet)) = reader.next() {
        packets.push(Captured { data: packet.data.to_vec(), length: packet.original_length });
    }
    Some((link_type, packets))
}

/// The Ethernet captures of the corpus, and our own, as far as packets are in them.
pub fn ethernet_captures() -> Vec<Vec<Captured>> {
    let mut folders = vec![root().join("examples")];
    folders.extend(corpus().map(|corpus| corpus.join("captures")));
    folders
        .iter()
        .flat_map(|folder| files_below(folder))
        .filter_map(|path| read(&path))
        .filter(|(link_type, packets)| *link_type == 1 && !packets.is_empty())
        .map(|(_, packets)| packets)
        .collect()
}

/// Every packet of [`ethernet_captures`].
pub fn ethernet() -> Vec<Captured> {
    ethernet_captures().into_iter().flatten().collect()
}

/// The IP packets among Ethernet packets, without the Ethernet header.
pub fn network(ethernet: &[Captured]) -> Vec<Captured> {
    ethernet
        .iter()
        .filter(|p| matches!(p.data.get(12..14), Some([0x08, 0x00] | [0x86, 0xdd])))
        .map(|p| Captured { data: p.data[14..].to_vec(), length: p.length.saturating_sub(14) })
        .collect()
}

/// The packet as a test run wants it: with an Ethernet header, and not shorter than that.
pub fn framed(data: &[u8], ethernet: bool) -> Option<Vec<u8>> {
    if ethernet {
        return (data.len() >= 14).then(|| data.to_vec());
    }
    let kind = match data.first()? >> 4 {
        4 if data.len() >= 20 => [0x08, 0x00],
        6 if data.len() >= 40 => [0x86, 0xdd],
        _ => [0x88, 0xb5],
    };
    Some([&[0; 12], kind.as_slice(), data].concat())
}
