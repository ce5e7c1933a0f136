//! What the programs of a test hand over in the kernel: records of ring buffers and perf events.

use std::collections::VecDeque;

use nbpfc_driver::MapKind;
use nbpfc_loader::{Collection, Error, PerfBuffer, PerfRecord, RingBuffer};

/// Bytes of room that each processor has for perf events; they are taken out after each run.
const ROOM: usize = 64 << 10;

/// The readers of maps that take events, by the maps' names.
pub(super) struct Events {
    readers: Vec<(String, Reader)>,
}

enum Reader {
    Ring(RingBuffer),
    /// With what was read.
    Perf(PerfBuffer, VecDeque<Vec<u8>>),
}

impl Events {
    /// For all such maps, before programs run: what they hand over to nobody is lost.
    pub(super) fn new(collection: &Collection) -> Result<Self, Error> {
        let mut readers = Vec::new();
        for (name, map) in collection.maps() {
            let reader = match map.kind() {
                Some(MapKind::RingBuf) => Reader::Ring(RingBuffer::new(map)?),
                Some(MapKind::PerfEventArray) => {
                    Reader::Perf(PerfBuffer::new(map, ROOM)?, VecDeque::new())
                }
                _ => continue,
            };
            readers.push((name.to_owned(), reader));
        }
        Ok(Self { readers })
    }

    /// Takes note of what a run handed over: the next one may be on another processor, and nothing would
    /// say which was first.
    ///
    /// # Errors
    /// Events that found no room.
    pub(super) fn note(&mut self) -> Result<(), String> {
        let mut all = 0;
        for (_, reader) in &mut self.readers {
            let Reader::Perf(buffer, read) = reader else { continue };
            buffer.drain(|record| match record {
                PerfRecord::Sample { data, .. } => read.push_back(data.to_vec()),
                PerfRecord::Lost { count, .. } => all += count,
            });
        }
        if all == 0 {
            Ok(())
        } else {
            Err(format!("the kernel lost {all} events for want of room"))
        }
    }

    /// The oldest event in a map that nobody took.
    pub(super) fn next(&mut self, name: &str) -> Option<Vec<u8>> {
        let (_, reader) = self.readers.iter_mut().find(|(other, _)| other == name)?;
        match reader {
            Reader::Ring(ring) => ring.next().map(|record| record.to_vec()),
            Reader::Perf(_, read) => read.pop_front(),
        }
    }
}
