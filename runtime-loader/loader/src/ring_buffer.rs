//! Records of programs through a ring buffer (`BPF_MAP_TYPE_RINGBUF`, Linux 5.8).
//!
//! The layout is that of the kernel's `Documentation/bpf/ringbuf.rst` and `kernel/bpf/ringbuf.c`:
//! a page with the consumer's position, a page with the producer's, and the data, mapped twice in
//! a row so that no record is in two pieces.

use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{Ordering, fence};
use std::time::Duration;

use nbpfc_kernel::MapKind;

use crate::error::Error;
use crate::map::Map;
use crate::sys::mapping::{Mapping, page_size};
use crate::sys::wait;

/// A record's head: its length with two bits, and a number of the kernel's own.
const HEAD: usize = 8;
/// `BPF_RINGBUF_BUSY_BIT`: a program still writes the record.
const BUSY: u32 = 1 << 31;
/// `BPF_RINGBUF_DISCARD_BIT`: the program wanted it after all not to be read.
const DISCARD: u32 = 1 << 30;

/// The reading end of a ring buffer. Two of them for one map take records from each other.
/// `examples/ring_buffer.rs` is a whole program.
#[derive(Debug)]
pub struct RingBuffer {
    ring: Ring,
    map: Map,
}

/// The memory of one.
#[derive(Debug)]
struct Ring {
    consumer: Mapping,
    /// The producer's page and the data behind it.
    producer: Mapping,
    page: usize,
    /// The length of the data less one; the length is a power of two.
    mask: usize,
    /// Bytes read since the beginning of time, wrapping.
    position: usize,
}

/// A record, lent from the ring: its room is the programs' again when this is dropped.
#[derive(Debug)]
pub struct Record<'a> {
    ring: &'a mut Ring,
    len: usize,
}

impl RingBuffer {
    /// Maps a ring buffer, to be read from where it was read before.
    ///
    /// # Errors
    /// [`Error::Argument`] for a map of another type; the kernel's refusal.
    pub fn new(map: &Map) -> Result<Self, Error> {
        if map.kind() != Some(MapKind::RingBuf) {
            return Err(Error::Argument("this map is no ring buffer"));
        }
        let map = map.try_clone()?;
        let (page, size) = (page_size(), map.info()?.max_entries as usize);
        let mapped = |offset, len, writable| {
            Mapping::new(map.as_fd(), offset, len, writable)
                .map_err(|errno| Error::from_errno("map a ring buffer", errno, "CAP_BPF"))
        };
        let consumer = mapped(0, page, true)?;
        let producer = mapped(page, page + 2 * size, false)?;
        Ok(Self { ring: Ring::new(consumer, producer, page, size), map })
    }

    /// Takes the oldest record that is finished; `None` if there is none. Records come in the order
    /// in which programs reserved them: one that is still being written holds those behind it up.
    #[expect(clippy::should_implement_trait, reason = "what is lent has to be given back first")]
    pub fn next(&mut self) -> Option<Record<'_>> {
        let found = self.ring.find().or_else(|| {
            // A program looks at the consumer's position after it finished a record, to know
            // whether somebody sleeps; here it is the other way round. With a fence between the
            // two, one of both notices.
            fence(Ordering::SeqCst);
            self.ring.find()
        });
        let len = found?;
        Some(Record { ring: &mut self.ring, len })
    }

    /// Waits until there is something to read, or until it is over; `None` waits for records
    /// alone. Whether something came; it may be a record that its program is still writing.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool, Error> {
        let ready = wait::readable(&[self.as_fd()], timeout);
        let failed = |errno| Error::Failed { action: "wait for a ring buffer", errno };
        Ok(ready.map_err(failed)?.is_some())
    }

    /// Bytes of records, heads included, that fit.
    pub fn size(&self) -> usize {
        self.ring.mask + 1
    }

    /// How many of these are taken by records that were not read yet.
    pub fn used(&self) -> usize {
        self.ring.produced().wrapping_sub(self.ring.position)
    }
}

/// The map, which can be polled for input.
impl AsFd for RingBuffer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.map.as_fd()
    }
}

impl Ring {
    fn new(consumer: Mapping, producer: Mapping, page: usize, size: usize) -> Self {
        let position = consumer.long(0).load(Ordering::Relaxed);
        Self { consumer, producer, page, mask: size - 1, position }
    }

    fn produced(&self) -> usize {
        // What was written before the position was moved is seen after this.
        self.producer.long(0).load(Ordering::Acquire)
    }

    /// The length of the record at the position, those before it that were discarded passed over.
    fn find(&mut self) -> Option<usize> {
        while self.position != self.produced() {
            let at = self.page + (self.position & self.mask);
            // What was written before the busy bit went is seen after this.
            let head = self.producer.u32(at).load(Ordering::Acquire);
            let len = (head & !(BUSY | DISCARD)) as usize;
            // The kernel makes no record that is longer than the ring.
            if head & BUSY != 0 || len > self.mask {
                return None;
            }
            if head & DISCARD == 0 {
                return Some(len);
            }
            self.pass(len);
        }
        None
    }

    /// Gives the record at the position back.
    fn pass(&mut self, len: usize) {
        self.position = self.position.wrapping_add((HEAD + len).next_multiple_of(HEAD));
        // What was read of the record was read before this.
        self.consumer.long(0).store(self.position, Ordering::Release);
    }
}

impl Deref for Record<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let at = self.ring.page + (self.ring.position & self.ring.mask) + HEAD;
        // SAFETY: a finished record, which the kernel does not touch until the position is moved;
        // only dropping the record moves it.
        unsafe { self.ring.producer.bytes(at, self.len) }
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        self.ring.pass(self.len);
    }
}

#[cfg(test)]
mod tests;
