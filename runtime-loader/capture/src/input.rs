//! The byte stream under a reader: decompressed, buffered, counted.

use std::io::{self, BufReader, Chain, Cursor, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Fault, Part};

/// Size of the buffer in bytes, before a packet asks for more: large enough that
/// refills do not show, small enough to stay in the second-level cache.
const BUFFER: usize = 256 * 1024;

/// First bytes of a gzip member (RFC 1952 §2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Counts what is taken from the caller's stream.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count += read as u64;
        Ok(read)
    }
}

/// The caller's stream with the bytes put back that were needed to know what it is.
type Raw<R> = Chain<Cursor<Vec<u8>>, Counted<R>>;

enum Source<R> {
    Plain(Raw<R>),
    Gzip(Box<MultiGzDecoder<BufReader<Raw<R>>>>),
}

/// A buffered stream that hands out slices of its buffer.
pub(crate) struct Input<R> {
    source: Source<R>,
    buffer: Vec<u8>,
    /// `buffer[start..end]` is read and not yet given away.
    start: usize,
    end: usize,
    /// Bytes of the decompressed stream given away so far.
    offset: u64,
    ended: bool,
    /// An error that came after bytes which are to be used first.
    failure: Option<io::Error>,
}

impl<R: Read> Input<R> {
    /// Looks at the first bytes of `stream`, and puts a decompressor in front of it if
    /// they are gzip's.
    pub(crate) fn new(stream: R) -> Result<Self, Error> {
        let mut counted = Counted { inner: stream, count: 0 };
        let mut head = Vec::with_capacity(GZIP.len());
        counted
            .by_ref()
            .take(GZIP.len() as u64)
            .read_to_end(&mut head)
            .map_err(|source| Error::Read { offset: 0, source })?;
        let is_gzip = head == GZIP;
        let raw = Cursor::new(head).chain(counted);
        let source = if is_gzip {
            Source::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, raw))))
        } else {
            Source::Plain(raw)
        };
        let buffer = vec![0; BUFFER];
        Ok(Self { source, buffer, start: 0, end: 0, offset: 0, ended: false, failure: None })
    }

    /// Offset in the decompressed stream of the first byte not yet given away.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes taken from the caller's stream so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        let raw = match &self.source {
            Source::Plain(raw) => raw,
            Source::Gzip(decoder) => decoder.get_ref().get_ref(),
        };
        raw.get_ref().1.count
    }

    /// Buffers at least `wanted` bytes, or all that there are if they are fewer, and
    /// returns them and those behind them.
    pub(crate) fn fill(&mut self, wanted: usize) -> Result<&[u8], Error> {
        if self.end - self.start < wanted {
            self.refill(wanted)?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Buffers at least `wanted` bytes and returns them and those behind them; it is an
    /// error if the stream ends before.
    pub(crate) fn require(&mut self, wanted: usize, part: Part) -> Result<&[u8], Error> {
        let offset = self.offset;
        let window = self.fill(wanted)?;
        if window.len() < wanted {
            let fault =
                Fault::Truncated { part, wanted: wanted as u64, found: window.len() as u64 };
            return Err(Error::Malformed { offset, fault });
        }
        Ok(window)
    }

    /// Gives away `length` bytes, which the caller has buffered before.
    pub(crate) fn take(&mut self, length: usize) -> &mut [u8] {
        let start = self.start;
        self.start += length;
        self.offset += length as u64;
        &mut self.buffer[start..start + length]
    }

    #[cold]
    fn refill(&mut self, wanted: usize) -> Result<(), Error> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < wanted && !self.ended {
            if self.end == self.buffer.len() {
                // The length that a record claims is not trusted with memory: the
                // buffer grows as the bytes arrive.
                self.buffer.resize(wanted.min(self.buffer.len() * 2), 0);
            }
            let free = &mut self.buffer[self.end..];
            let read = match &mut self.source {
                Source::Plain(raw) => raw.read(free),
                Source::Gzip(decoder) => decoder.read(free),
            };
            match read {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.failure = Some(error);
                }
            }
        }
        if self.end < wanted
            && let Some(source) = self.failure.take()
        {
            return Err(self.read_error(source));
        }
        Ok(())
    }

    fn read_error(&self, source: io::Error) -> Error {
        let offset = self.offset + self.end as u64;
        // These three kinds are how the decompressor says that its input is wrong.
        let damaged = matches!(
            source.kind(),
            ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof
        );
        match self.source {
            Source::Gzip(_) if damaged => Error::Gzip { offset, source },
            _ => Error::Read { offset, source },
        }
    }
}

#[cfg(test)]
mod tests;
