//! Writing a capture as tcpdump does.

use std::io::{self, BufWriter, ErrorKind, Write};

use crate::classic::{FILE_HEADER, MAGIC_MICRO, MAGIC_NANO, RECORD_HEADER, VERSION};
use crate::error::Error;
use crate::packet::{Header, Packet, Precision};

/// Bytes collected before they are written.
const BUFFER: usize = 256 * 1024;

/// Writes a pcap file: version 2.4, in this machine's byte order, with the precision of the
/// header that it was opened with. The same bytes as libpcap's `pcap_dump`.
///
/// Call [`Writer::finish`] at the end: dropping a writer also writes what is left, but
/// cannot say whether that worked.
#[derive(Debug)]
pub struct Writer<W: Write> {
    output: BufWriter<W>,
}

impl<W: Write> Writer<W> {
    /// Begins a file of packets that `header` describes.
    ///
    /// # Errors
    /// [`Error::NotStorable`] if pcap files have no number for the link type,
    /// [`Error::Write`] if writing fails.
    pub fn new(stream: W, header: &Header) -> Result<Self, Error> {
        let Some(linktype) = header.link_type.to_linktype() else {
            return Err(Error::NotStorable(header.link_type));
        };
        let magic = match header.precision {
            Precision::Micro => MAGIC_MICRO,
            Precision::Nano => MAGIC_NANO,
        };
        let mut bytes = [0; FILE_HEADER];
        bytes[0..4].copy_from_slice(&magic.to_ne_bytes());
        bytes[4..6].copy_from_slice(&VERSION.0.to_ne_bytes());
        bytes[6..8].copy_from_slice(&VERSION.1.to_ne_bytes());
        // Bytes 8 to 16, time zone and accuracy, are always zero.
        bytes[16..20].copy_from_slice(&header.snapshot_length.to_ne_bytes());
        bytes[20..24].copy_from_slice(&(linktype | header.link_flags).to_ne_bytes());
        let mut output = BufWriter::with_capacity(BUFFER, stream);
        output.write_all(&bytes).map_err(write_error)?;
        Ok(Self { output })
    }

    /// Writes one packet, whose `fraction` is in the precision of the file. Of both parts
    /// of the time the lower 32 bits are kept, which is what the format has room for.
    ///
    /// # Errors
    /// [`Error::Write`] if writing fails, or if the packet has 4 GiB or more.
    #[inline]
    pub fn write(&mut self, packet: &Packet<'_>) -> Result<(), Error> {
        let captured = u32::try_from(packet.data.len())
            .map_err(|error| write_error(io::Error::new(ErrorKind::InvalidInput, error)))?;
        let mut bytes = [0; RECORD_HEADER];
        bytes[0..4].copy_from_slice(&(packet.seconds as u32).to_ne_bytes());
        bytes[4..8].copy_from_slice(&(packet.fraction as u32).to_ne_bytes());
        bytes[8..12].copy_from_slice(&captured.to_ne_bytes());
        bytes[12..16].copy_from_slice(&packet.original_length.to_ne_bytes());
        self.output.write_all(&bytes).map_err(write_error)?;
        self.output.write_all(packet.data).map_err(write_error)
    }

    /// Writes what is left in the buffer, flushes the stream and gives it back.
    ///
    /// # Errors
    /// [`Error::Write`] if either fails: then the file is incomplete.
    pub fn finish(mut self) -> Result<W, Error> {
        self.output.flush().map_err(write_error)?;
        self.output.into_inner().map_err(|error| write_error(error.into_error()))
    }
}

fn write_error(source: io::Error) -> Error {
    Error::Write { source }
}

#[cfg(test)]
mod tests;
