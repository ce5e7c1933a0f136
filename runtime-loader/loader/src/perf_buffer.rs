//! Records of programs through perf events (`BPF_MAP_TYPE_PERF_EVENT_ARRAY`, Linux 4.4): a ring
//! for each processor, for kernels and programs that have no ring buffer.
//!
//! The layout is that of `struct perf_event_mmap_page` and `struct perf_event_header`
//! (`include/uapi/linux/perf_event.h`, `perf_event_open(2)`).

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::Ordering;
use std::time::Duration;

use nbpfc_kernel::MapKind;

use crate::cpu;
use crate::error::Error;
use crate::map::Map;
use crate::sys::mapping::{Mapping, page_size};
use crate::sys::{perf, wait};

/// Where the page before the data has the writer's position and the reader's.
const DATA_HEAD: usize = 1024;
const DATA_TAIL: usize = 1032;
/// A record's head: type, flags, length with the head.
const HEAD: usize = 8;
/// `PERF_RECORD_LOST` and `PERF_RECORD_SAMPLE`.
const LOST: u32 = 2;
const SAMPLE: u32 = 9;

/// The reading end of a perf event array. Dropped, it takes its events out of the map.
#[derive(Debug)]
pub struct PerfBuffer {
    rings: Vec<Ring>,
    /// The bytes of a record that was in two pieces.
    whole: Vec<u8>,
    map: Map,
    any: OwnedFd,
}

/// What a perf event hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerfRecord<'a> {
    /// What a program wrote, and up to seven bytes that fill the record up.
    Sample {
        /// The processor's number.
        cpu: u32,
        /// What was written.
        data: &'a [u8],
    },
    /// So many records found no room since the last that did.
    Lost {
        /// The processor's number.
        cpu: u32,
        /// How many.
        count: u64,
    },
}

impl PerfBuffer {
    /// Opens an event for each processor that is there, with a ring of `size` bytes (rounded up
    /// to a power of two and a page), and puts it into the map at the processor's number.
    ///
    /// # Errors
    /// [`Error::Argument`] for a map of another type; the kernel's refusal.
    pub fn new(map: &Map, size: usize) -> Result<Self, Error> {
        if map.kind() != Some(MapKind::PerfEventArray) {
            return Err(Error::Argument("this map is no perf event array"));
        }
        let size = size.max(page_size()).checked_next_power_of_two();
        let size = size.ok_or(Error::Argument("a ring of half of all memory and more"))?;
        let rings = cpu::online()?.into_iter().map(|cpu| Ring::open(cpu, size));
        let rings = rings.collect::<Result<Vec<_>, _>>()?;
        let events: Vec<_> = rings.iter().map(|ring| ring.event.as_fd()).collect();
        let failed = |errno| Error::Failed { action: "wait for perf events", errno };
        let any = wait::any_of(&events).map_err(failed)?;
        let buffer = Self { rings, whole: Vec::new(), map: map.try_clone()?, any };
        for ring in &buffer.rings {
            let event = ring.event.as_raw_fd().to_ne_bytes();
            buffer.map.update(&ring.data.cpu.to_ne_bytes(), &event, 0)?;
        }
        Ok(buffer)
    }

    /// Hands out all records that are there, one processor's after the other's; how many.
    pub fn drain(&mut self, mut take: impl FnMut(PerfRecord<'_>)) -> usize {
        let whole = &mut self.whole;
        self.rings.iter_mut().map(|ring| ring.data.drain(whole, &mut take)).sum()
    }

    /// Waits until there is something to read, or until it is over; `None` waits for records
    /// alone. Whether something came.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool, Error> {
        let ready = wait::readable(&[self.as_fd()], timeout);
        let failed = |errno| Error::Failed { action: "wait for perf events", errno };
        Ok(ready.map_err(failed)?.is_some())
    }
}

/// An epoll instance, which can be polled for input.
impl AsFd for PerfBuffer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.any.as_fd()
    }
}

impl Drop for PerfBuffer {
    fn drop(&mut self) {
        for ring in &self.rings {
            // The map may be gone for others, or hold somebody else's event by now.
            let _ = self.map.delete(&ring.data.cpu.to_ne_bytes());
        }
    }
}

/// One processor's event and its ring.
#[derive(Debug)]
struct Ring {
    data: Data,
    event: OwnedFd,
}

impl Ring {
    fn open(cpu: u32, size: usize) -> Result<Self, Error> {
        let refused = |action, errno| Error::from_errno(action, errno, "CAP_PERFMON");
        let event = perf::bpf_output(cpu).map_err(|errno| refused("open a perf event", errno))?;
        let page = page_size();
        let mapping = Mapping::new(event.as_fd(), 0, page + size, true)
            .map_err(|errno| refused("map a perf event", errno))?;
        Ok(Self { data: Data { cpu, mapping, page, mask: size - 1 }, event })
    }
}

/// The memory of one.
#[derive(Debug)]
struct Data {
    cpu: u32,
    mapping: Mapping,
    page: usize,
    /// The length of the data less one; the length is a power of two.
    mask: usize,
}

impl Data {
    fn drain(&mut self, whole: &mut Vec<u8>, take: &mut impl FnMut(PerfRecord<'_>)) -> usize {
        let mut count = 0;
        let mut tail = self.mapping.u64(DATA_TAIL).load(Ordering::Relaxed);
        // What was written before the position was moved is seen after this.
        let head = self.mapping.u64(DATA_HEAD).load(Ordering::Acquire);
        while tail != head {
            let at = tail as usize & self.mask;
            // Records begin at multiples of eight, so that their heads are in one piece.
            let kind = self.mapping.u32(self.page + at).load(Ordering::Relaxed);
            let [_, _, len @ ..] =
                self.mapping.u32(self.page + at + 4).load(Ordering::Relaxed).to_ne_bytes();
            let len = u64::from(u16::from_ne_bytes(len));
            if len < HEAD as u64 || len > head.wrapping_sub(tail) {
                // The kernel makes no such record: whatever this is, it is not read.
                tail = head;
            } else {
                let body = self.body(at + HEAD, len as usize - HEAD, whole);
                if let Some(record) = record(self.cpu, kind, body) {
                    take(record);
                    count += 1;
                }
                tail = tail.wrapping_add(len);
            }
            // What was read of the record was read before this.
            self.mapping.u64(DATA_TAIL).store(tail, Ordering::Release);
        }
        count
    }

    /// The bytes of a record behind its head, put together if the ring's end is among them.
    fn body<'a>(&'a self, at: usize, len: usize, whole: &'a mut Vec<u8>) -> &'a [u8] {
        let at = at & self.mask;
        let first = len.min(self.mask + 1 - at);
        // SAFETY: a finished record, which the kernel does not touch until the position is moved;
        // that happens after the borrow.
        let part = |at, len| unsafe { self.mapping.bytes(self.page + at, len) };
        if first == len {
            return part(at, len);
        }
        whole.clear();
        whole.extend_from_slice(part(at, first));
        whole.extend_from_slice(part(0, len - first));
        whole
    }
}

fn record(cpu: u32, kind: u32, body: &[u8]) -> Option<PerfRecord<'_>> {
    match kind {
        SAMPLE => {
            let (len, data) = body.split_first_chunk()?;
            let data = data.get(..u32::from_ne_bytes(*len) as usize)?;
            Some(PerfRecord::Sample { cpu, data })
        }
        // The event's number, and how many.
        LOST => {
            let count = u64::from_ne_bytes(*body.get(8..)?.first_chunk()?);
            Some(PerfRecord::Lost { cpu, count })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
