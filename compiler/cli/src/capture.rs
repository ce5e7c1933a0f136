//! Packets of an attached filter into a pcapng file.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use nbpfc_capture::{
    Direction, InterfaceDescription, InterfaceStatistics, LinkType, NgWriter, Packet,
};
use nbpfc_driver::{Captured, Counted, Direction as Way, Filter, Layer, MapKind, packet_type};
use nbpfc_loader::{Clock, Error, Map, PerfBuffer, PerfRecord, RingBuffer};

use crate::failure::Failure;
use crate::output::Taken;

/// Records that are read before somebody looks at signals again.
const AT_ONCE: usize = 4096;
/// Where in an Ethernet frame its tag is, and its length in bytes.
const TAG_AT: usize = 12;
const TAG: usize = 4;

/// The file that packets go to.
pub(crate) struct Recorder {
    writer: NgWriter<Box<dyn Write>>,
    path: PathBuf,
    description: Description,
    /// Packets written.
    pub(crate) captured: u64,
    frame: Vec<u8>,
    /// Whether nobody reads what is written.
    is_unheard: bool,
}

/// What is known of the packets that a hook sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Description {
    pub(crate) snapshot_length: u32,
    /// The way that all packets have.
    pub(crate) way: Option<Way>,
    /// Whether packets begin with the link-layer header, of which a tag is taken out.
    pub(crate) frames: bool,
}

impl Description {
    /// That of a filter.
    pub(crate) fn of(filter: &Filter, snapshot_length: u32) -> Self {
        let hook = filter.target.hook;
        Self { snapshot_length, way: hook.direction(), frames: hook.layer == Layer::Link }
    }
}

impl Recorder {
    /// Begins the file. `name` is that of the interface or cgroup, `link_type` a number of
    /// captures.
    pub(crate) fn create(
        path: &Path,
        filter: &Filter,
        name: &str,
        link_type: u32,
        snapshot_length: u32,
    ) -> Result<Self, Failure> {
        let fail = |error: &dyn std::fmt::Display| Failure::file(&path.display(), error);
        let stream: Box<dyn Write> = if path == Path::new("-") {
            if io::stdout().is_terminal() {
                let message = "a capture is not for a terminal; name a file with -w";
                return Err(Failure::Message(message.to_owned()));
            }
            Box::new(io::stdout())
        } else {
            Box::new(File::create(path).map_err(|error| fail(&error))?)
        };
        let expression = filter.file.text().trim();
        let interface = InterfaceDescription {
            link_type: LinkType::from_linktype(link_type),
            snapshot_length,
            name,
            filter: expression,
            comment: &format!("packets that match `{expression}` on {}", filter.target.hook.name),
        };
        let application = concat!("nbpfc ", env!("CARGO_PKG_VERSION"));
        let mut writer =
            NgWriter::new(stream, application, &interface).map_err(|error| fail(&error))?;
        // What cannot be written is found out before anything is attached.
        writer.flush().map_err(|error| fail(&error))?;
        let description = Description::of(filter, snapshot_length);
        let (path, frame) = (path.to_owned(), Vec::new());
        Ok(Self { writer, path, description, captured: 0, frame, is_unheard: false })
    }

    /// Writes what is there.
    pub(crate) fn take(&mut self, records: &mut Records) -> Result<Taken, Failure> {
        let clock = Clock::read().map_err(|error| Failure::Message(error.to_string()))?;
        let mut written = Ok(());
        let more = records.drain(&mut |record| {
            if written.is_ok() && !self.is_unheard {
                written = self.write(record, clock);
            }
        });
        written?;
        if !more {
            let flushed = self.writer.flush();
            self.check(flushed)?;
        }
        Ok(match more {
            _ if self.is_unheard => Taken::Unheard,
            true => Taken::Some,
            false => Taken::All,
        })
    }

    /// Takes note of a reader that has seen enough and closed the pipe; all else is an error.
    fn check(&mut self, result: Result<(), nbpfc_capture::Error>) -> Result<(), Failure> {
        self.is_unheard |= result.as_ref().is_err_and(is_unheard);
        told(&self.path, result)
    }

    fn write(&mut self, record: &[u8], clock: Clock) -> Result<(), Failure> {
        let Some(captured) = Captured::parse(record) else {
            return Err(Failure::bug(&"a captured packet has no meaning"));
        };
        let time = clock.day_time(captured.time);
        let (data, original_length) = self.description.as_sent(&captured, &mut self.frame);
        let packet = Packet {
            seconds: (time / 1_000_000_000).cast_signed(),
            fraction: (time % 1_000_000_000).cast_signed(),
            original_length,
            data,
        };
        let direction = Some(self.description.direction(&captured));
        let result = self.writer.write(&packet, direction);
        self.captured += u64::from(result.is_ok());
        self.check(result)
    }

    /// Ends the file with what became of the packets.
    pub(crate) fn finish(mut self, counted: Counted) -> Result<(), Failure> {
        if self.is_unheard {
            return Ok(());
        }
        let statistics = InterfaceStatistics {
            accepted: counted.packets,
            dropped: counted.lost,
            delivered: self.captured,
        };
        let now = Clock::now().map_err(|error| Failure::Message(error.to_string()))?;
        let result = self.writer.statistics(now, &statistics);
        let result = result.and_then(|()| self.writer.finish().map(drop));
        told(&self.path, result)
    }
}

/// Whether the reader of a pipe has closed it.
fn is_unheard(error: &nbpfc_capture::Error) -> bool {
    matches!(error, nbpfc_capture::Error::Write { source }
        if source.kind() == io::ErrorKind::BrokenPipe)
}

/// What came of writing, where a reader that has seen enough is no error.
fn told(path: &Path, result: Result<(), nbpfc_capture::Error>) -> Result<(), Failure> {
    match result {
        Err(error) if !(is_unheard(&error) && path == Path::new("-")) => {
            Err(Failure::file(&path.display(), &error))
        }
        _ => Ok(()),
    }
}

impl Description {
    fn direction(self, captured: &Captured<'_>) -> Direction {
        match self.way {
            Some(Way::Ingress) => Direction::Inbound,
            None if captured.packet_type != packet_type::OUTGOING => Direction::Inbound,
            Some(Way::Egress) | None => Direction::Outbound,
        }
    }

    /// A packet as it is on the wire, put together in `frame` if its tag was beside it; and its
    /// length there.
    fn as_sent<'a>(self, captured: &Captured<'a>, frame: &'a mut Vec<u8>) -> (&'a [u8], u32) {
        let (Some((protocol, tag)), true) = (captured.tag, self.frames) else {
            return (captured.data, captured.length);
        };
        let Some((addresses, rest)) = captured.data.split_at_checked(TAG_AT) else {
            return (captured.data, captured.length);
        };
        frame.clear();
        frame.extend_from_slice(addresses);
        frame.extend(protocol.to_be_bytes());
        frame.extend(tag.to_be_bytes());
        frame.extend_from_slice(rest);
        frame.truncate(self.snapshot_length as usize);
        (frame, captured.length.saturating_add(TAG as u32))
    }
}

/// Where packets come from.
pub(crate) enum Records {
    Ring(RingBuffer),
    Perf(PerfBuffer),
}

impl Records {
    /// Opens the map that a program writes packets to; `buffer` is the memory for them, in bytes.
    pub(crate) fn open(map: &Map, buffer: u32) -> Result<Self, Error> {
        if map.kind() == Some(MapKind::RingBuf) {
            return RingBuffer::new(map).map(Self::Ring);
        }
        let processors = map.info()?.max_entries.max(1);
        PerfBuffer::new(map, (buffer / processors) as usize).map(Self::Perf)
    }

    /// Hands out what is there; whether there may be more.
    fn drain(&mut self, take: &mut dyn FnMut(&[u8])) -> bool {
        match self {
            Self::Ring(ring) => {
                for _ in 0..AT_ONCE {
                    let Some(record) = ring.next() else { return false };
                    take(&record);
                }
                true
            }
            Self::Perf(perf) => {
                let count = perf.drain(|record| {
                    // What was lost the program counted already.
                    if let PerfRecord::Sample { data, .. } = record {
                        take(data);
                    }
                });
                count > 0
            }
        }
    }
}

impl AsFd for Records {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Ring(ring) => ring.as_fd(),
            Self::Perf(perf) => perf.as_fd(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Captured, Description, Direction, Way, packet_type};

    const TAGGED: Captured<'_> = Captured {
        time: 0,
        length: 60,
        tag: Some((0x88a8, 0x2005)),
        packet_type: 0,
        data: b"destinsourceIPpayload",
    };
    const WHOLE: Description = Description { snapshot_length: 1000, way: None, frames: true };

    #[test]
    fn a_tag_beside_the_packet_is_put_where_it_was() {
        let mut frame = Vec::new();
        let expected = b"destinsource\x88\xa8\x20\x05IPpayload";
        assert_eq!(WHOLE.as_sent(&TAGGED, &mut frame), (&expected[..], 64));
        let cut = Description { snapshot_length: 18, ..WHOLE };
        assert_eq!(cut.as_sent(&TAGGED, &mut frame), (&expected[..18], 64));
    }

    #[test]
    fn other_packets_stay_as_they_are() {
        let mut frame = Vec::new();
        let without = Captured { tag: None, ..TAGGED };
        assert_eq!(WHOLE.as_sent(&without, &mut frame), (TAGGED.data, 60));
        let packets = Description { frames: false, ..WHOLE };
        assert_eq!(packets.as_sent(&TAGGED, &mut frame), (TAGGED.data, 60));
        let short = Captured { data: b"destin", ..TAGGED };
        assert_eq!(WHOLE.as_sent(&short, &mut frame), (&b"destin"[..], 60));
    }

    #[test]
    fn directions() {
        let outgoing = Captured { packet_type: packet_type::OUTGOING, ..TAGGED };
        assert_eq!(WHOLE.direction(&TAGGED), Direction::Inbound);
        assert_eq!(WHOLE.direction(&outgoing), Direction::Outbound);
        let egress = Description { way: Some(Way::Egress), ..WHOLE };
        assert_eq!(egress.direction(&TAGGED), Direction::Outbound);
    }
}
