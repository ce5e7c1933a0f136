//! Reading a capture of any kind.

use std::io::Read;

use crate::classic::{self, Classic};
use crate::error::{Error, Fault, Part};
use crate::input::Input;
use crate::ng::{self, Ng};
use crate::order::Order;
use crate::packet::{Header, Packet, Precision, Record};
use crate::pseudo_header::{to_host_order, usb_original_length};

enum Format {
    Classic(Classic),
    Ng(Ng),
}

/// Reads a pcap or pcapng capture, gzip-compressed or not, from a stream.
///
/// The stream is read in large pieces and never rewound, so a pipe will do, and there is
/// no need for a buffer around it. Memory is bounded by what libpcap admits: a buffer of
/// 256 KiB, grown to the largest packet or block that really comes.
pub struct Reader<R> {
    input: Input<R>,
    format: Format,
    header: Header,
    /// The capture's byte order is not this machine's.
    swapped: bool,
    done: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the header, and gives time in microseconds, as tcpdump does.
    ///
    /// # Errors
    /// The input is not a capture, or one that libpcap 1.10 would not open; or reading fails.
    pub fn new(stream: R) -> Result<Self, Error> {
        Self::with_precision(stream, Precision::Micro)
    }

    /// As [`Reader::new`], with time in units of `precision`; finer time stamps are rounded
    /// down.
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn with_precision(stream: R, precision: Precision) -> Result<Self, Error> {
        let mut input = Input::new(stream)?;
        let first = input.require(4, Part::Magic)?;
        let magic = classic::recognise([first[0], first[1], first[2], first[3]]);
        let (format, order, header) = if let Some(magic) = magic {
            let (file, header) = Classic::open(&mut input, magic, precision)?;
            (Format::Classic(file), magic.0, header)
        } else if let Some(section) = ng::recognise(input.fill(12)?) {
            let (file, header) = Ng::open(&mut input, section, precision)?;
            (Format::Ng(file), section.0, header)
        } else {
            return Err(Error::Malformed { offset: 0, fault: Fault::UnknownFormat });
        };
        let swapped = order != Order::HOST;
        Ok(Self { input, format, header, swapped, done: false })
    }

    /// What holds for all packets.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next packet, or `None` at the end and after an error.
    ///
    /// # Errors
    /// The capture is malformed from here on, or reading fails. All packets before that
    /// place have been handed out.
    #[inline]
    #[expect(
        clippy::should_implement_trait,
        reason = "the packet is lent from the reader's buffer, which Iterator cannot express"
    )]
    pub fn next(&mut self) -> Result<Option<Packet<'_>>, Error> {
        if self.done {
            return Ok(None);
        }
        let record = match &mut self.format {
            Format::Classic(file) => file.next(&mut self.input),
            Format::Ng(file) => file.next(&mut self.input),
        };
        let Ok(Some(record)) = record else {
            self.done = true;
            return record.map(|_| None);
        };
        let bytes = self.input.take(record.length);
        let data = &mut bytes[record.data_at..record.data_at + record.data_length];
        if self.swapped {
            to_host_order(self.header.link_type, data, record.original_length);
        }
        let original_length =
            usb_original_length(self.header.link_type, data, record.original_length);
        let Record { seconds, fraction, .. } = record;
        Ok(Some(Packet { seconds, fraction, original_length, data }))
    }

    /// Bytes of the decompressed capture that the packets so far take up.
    pub fn offset(&self) -> u64 {
        self.input.offset()
    }

    /// Bytes taken from the stream so far, compressed ones if it is compressed: to be
    /// compared with the file's size for a progress bar. Runs ahead of the packets by at
    /// most one buffer.
    pub fn bytes_read(&self) -> u64 {
        self.input.bytes_read()
    }
}

#[cfg(test)]
mod tests;
