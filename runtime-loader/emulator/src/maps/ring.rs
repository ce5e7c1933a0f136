//! Ring buffers: records that are reserved, written, and handed on in order.

use super::Slot;

/// Bytes in front of each record (`BPF_RINGBUF_HDR_SZ`).
const HEADER: u64 = 8;
/// The most bytes of a record (`RINGBUF_MAX_RECORD_SZ`).
const MOST: u64 = (u32::MAX / 4) as u64;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Busy,
    Submitted,
    Discarded,
}

/// A ring buffer whose reader takes everything at once.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    records: Vec<(State, Vec<u8>)>,
    /// How many records were taken before the first of those.
    taken: usize,
    size: u64,
    used: u64,
    /// Bytes that were read before.
    read: u64,
}

impl Ring {
    pub(super) fn new(size: u32) -> Self {
        Self { records: Vec::new(), taken: 0, size: u64::from(size), used: 0, read: 0 }
    }

    /// A record, zeroed; `None` if there is no room.
    pub(super) fn reserve(&mut self, size: u64) -> Option<Slot> {
        let room = space(size)?;
        if self.used + room >= self.size {
            return None;
        }
        self.used += room;
        self.records.push((State::Busy, vec![0; size as usize]));
        Some(self.taken + self.records.len() - 1)
    }

    /// A record that is not handed on yet; empty if it is.
    pub(super) fn record(&self, slot: Slot) -> &[u8] {
        let record = slot.checked_sub(self.taken).and_then(|i| self.records.get(i));
        record.filter(|(state, _)| *state == State::Busy).map_or(&[], |(_, bytes)| bytes)
    }

    pub(super) fn record_mut(&mut self, slot: Slot) -> &mut [u8] {
        let record = slot.checked_sub(self.taken).and_then(|i| self.records.get_mut(i));
        record.filter(|(state, _)| *state == State::Busy).map_or(&mut [], |(_, bytes)| bytes)
    }

    pub(super) fn is_reserved(&self, slot: Slot) -> bool {
        let record = slot.checked_sub(self.taken).and_then(|i| self.records.get(i));
        record.is_some_and(|(state, _)| *state == State::Busy)
    }

    pub(super) fn is_busy(&self) -> bool {
        // What was submitted stays until somebody reads, so only the newest are looked at.
        self.records.iter().rev().take(64).any(|(state, _)| *state == State::Busy)
    }

    pub(super) fn abandon(&mut self) {
        for (state, _) in self.records.iter_mut().filter(|(state, _)| *state == State::Busy) {
            *state = State::Discarded;
        }
    }

    pub(super) fn commit(&mut self, slot: Slot, discard: bool) {
        let index = slot.checked_sub(self.taken);
        if let Some((state, _)) = index.and_then(|i| self.records.get_mut(i)) {
            *state = if discard { State::Discarded } else { State::Submitted };
        }
    }

    /// What `bpf_ringbuf_query` says (`BPF_RB_AVAIL_DATA` and those behind it).
    pub(super) fn query(&self, what: u64) -> u64 {
        match what {
            0 => self.used,
            1 => self.size,
            2 => self.read,
            3 => self.read + self.used,
            _ => 0,
        }
    }

    /// What a reader gets: everything before the first record that is still written.
    pub(super) fn take(&mut self) -> Vec<Vec<u8>> {
        let busy = self.records.iter().position(|(state, _)| *state == State::Busy);
        let ready = busy.unwrap_or(self.records.len());
        self.taken += ready;
        let ready: Vec<_> = self.records.drain(..ready).collect();
        let freed = ready.iter().filter_map(|(_, bytes)| space(bytes.len() as u64));
        let freed: u64 = freed.sum();
        self.used -= freed;
        self.read += freed;
        let submitted = ready.into_iter().filter(|(state, _)| *state == State::Submitted);
        submitted.map(|(_, bytes)| bytes).collect()
    }
}

/// Bytes that a record takes with its header; `None` if it is too long for any ring.
fn space(size: u64) -> Option<u64> {
    (size <= MOST).then(|| (size + HEADER).next_multiple_of(8))
}
