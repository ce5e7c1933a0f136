//! The packets that programs are run with.

use std::collections::BTreeMap;
use std::io::Cursor;

use nbpfc_capture::{LinkType, Reader};
use nbpfc_kernel::Layer as Height;
use nbpfc_sema::{Entry, Expr, Given, Layer, TestPacket, TestPacketKind};
use nbpfc_source::Span;

use super::build::{Part, build};
use super::steps::{Stop, Trial};
use crate::frames::Frames;

/// The longest capture that packets are taken from, in bytes.
const LONGEST_CAPTURE: usize = 1 << 28;

impl<'t> Trial<'t> {
    /// The bytes of a packet.
    pub(super) fn packet(
        &mut self,
        packet: &'t TestPacket,
        entry: &Entry,
    ) -> Result<Vec<u8>, Stop> {
        match &packet.kind {
            TestPacketKind::Layers(layers) => {
                let parts = self.parts(layers)?;
                let asks =
                    |asked: &'t Expr, bytes: &[u8]| self.conditions.holds(entry, asked, bytes);
                let built = build(self.program, &parts, &asks);
                built.map_err(|why| self.stop(packet.span, why))
            }
            TestPacketKind::Capture(name, number) => {
                let number = self.value(number)?.number().unwrap_or(0);
                let height = self.program.hooks[entry.hook].row.layer;
                self.captured(name, number, height, packet.span)
            }
        }
    }

    fn parts(&mut self, layers: &'t [Layer]) -> Result<Vec<Part>, Stop> {
        let mut parts = Vec::new();
        for layer in layers {
            parts.push(match layer {
                Layer::Bytes(bytes) => Part::Bytes(bytes.to_vec()),
                Layer::Header(header, fields) => {
                    let (mut given, mut rest) = (BTreeMap::new(), Vec::new());
                    for (field, what) in fields {
                        match what {
                            Given::Value(value) => {
                                given.insert(*field, self.value(value)?);
                            }
                            Given::Parts(layers) => rest = self.parts(layers)?,
                        }
                    }
                    Part::Header(*header, given, rest)
                }
            });
        }
        Ok(parts)
    }

    fn captured(
        &mut self,
        name: &str,
        number: i128,
        height: Height,
        span: Span,
    ) -> Result<Vec<u8>, Stop> {
        if !self.captures.contains_key(name) {
            let path = self.folder.join(name);
            let read = self.world.read(&path, LONGEST_CAPTURE).map_err(|error| error.to_string());
            let read = read.and_then(|bytes| packets(&bytes));
            match read {
                Ok(read) => drop(self.captures.insert(name.to_owned(), read)),
                Err(error) => {
                    return Err(self.stop(span, format!("{}: {error}", path.display())));
                }
            }
        }
        let Some((link_type, packets)) = self.captures.get(name) else { return Err(Stop) };
        let Some(frames) = Frames::new(*link_type, height) else {
            let message = format!("the packets of `{name}` begin with {link_type}");
            let finding = self.fail(span, message);
            finding.notes.push("and those of the program's hook do not".to_owned());
            return Err(Stop);
        };
        let index = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        let Some(frame) = index.and_then(|index| packets.get(index)) else {
            let message = format!("`{name}` has packets from 1 to {}", packets.len());
            return Err(self.stop(span, message));
        };
        let seen = frames.seen(frame).and_then(|seen| frame.get(seen)).map(<[u8]>::to_vec);
        seen.ok_or_else(|| {
            let message =
                format!("packet {number} of `{name}` is not IP, and never comes to the hook");
            self.stop(span, message)
        })
    }
}

/// The packets of a capture.
fn packets(bytes: &[u8]) -> Result<(LinkType, Vec<Vec<u8>>), String> {
    let mut reader = Reader::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let link_type = reader.header().link_type;
    let mut packets = Vec::new();
    while let Some(packet) = reader.next().map_err(|error| error.to_string())? {
        packets.push(packet.data.to_vec());
    }
    Ok((link_type, packets))
}
