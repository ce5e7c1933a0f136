//! Attached programs, until somebody stops them: what they count, write down and tell.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nbpfc_loader::signals::{Signals, Stop};
use nbpfc_loader::{Collection, Counting, Error, count_runs};

use crate::capture::{Recorder, Records};
use crate::counts::{self, Counters};
use crate::events::Events;
use crate::failure::Failure;
use crate::meter::Meter;
use crate::output::{self, Taken};
use crate::place::Attached;

/// Time between two lines of counts.
const TICK: Duration = Duration::from_secs(1);

/// What comes out of a program beside its counts.
pub(crate) enum Stream {
    Nothing,
    Packets(Box<Recorder>, Records),
    Events(Events),
}

impl Stream {
    fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Packets(_, records) => vec![records.as_fd()],
            Self::Events(events) => events.descriptors(),
        }
    }

    fn take(&mut self) -> Result<Taken, Failure> {
        match self {
            Self::Nothing => Ok(Taken::All),
            Self::Packets(recorder, records) => recorder.take(records),
            Self::Events(events) => events.take(),
        }
    }

    fn captured(&self) -> u64 {
        match self {
            Self::Packets(recorder, _) => recorder.captured,
            _ => 0,
        }
    }
}

/// What is watched.
pub(crate) struct Watch<'a> {
    pub(crate) signals: &'a Signals,
    pub(crate) attached: Vec<Attached>,
    /// The programs' names.
    pub(crate) names: &'a [&'a str],
    pub(crate) collection: &'a Collection,
    pub(crate) counters: Vec<Counters>,
    pub(crate) stream: Stream,
    pub(crate) meter: Meter,
    pub(crate) duration: Option<Duration>,
    /// Counts runs and their time.
    pub(crate) runs: Option<Runs>,
}

impl Watch<'_> {
    /// Shows and writes until somebody wants it to end, its time is over, or nobody listens.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        let failed = |error: Error| Failure::Message(error.to_string());
        let end = self.duration.and_then(|time| Instant::now().checked_add(time));
        let pipe = output::pipe();
        let mut tick = Instant::now() + TICK;
        loop {
            let until = end.map_or(tick, |end| end.min(tick));
            let left = until.saturating_duration_since(Instant::now());
            let mut others = self.stream.descriptors();
            let streams = others.len();
            others.extend(pipe.as_ref().map(AsFd::as_fd));
            let stop = self.signals.wait_beside(&others, Some(left)).map_err(failed)?;
            if let Stop::Readable(index) = stop
                && (index == streams || self.stream.take()? == Taken::Unheard)
            {
                break;
            }
            let now = Instant::now();
            if matches!(stop, Stop::Signal(_)) || end.is_some_and(|end| now >= end) {
                break;
            }
            if now >= tick {
                tick = now + TICK;
                if !self.meter.show(&counts::read(&self.counters)?, self.stream.captured())? {
                    break;
                }
            }
        }
        drop(self.attached);
        while self.stream.take()? == Taken::Some {}
        let captured = self.stream.captured();
        match self.stream {
            Stream::Nothing => {}
            Stream::Packets(recorder, _) => recorder.finish(counts::read(&self.counters)?.total)?,
            Stream::Events(events) => events.finish(),
        }
        self.meter.finish(&counts::read(&self.counters)?, captured)?;
        if let Some(runs) = self.runs {
            runs.tell(self.collection, self.names)?;
        }
        Ok(())
    }
}

/// The kernel's count of runs, for as long as this is there.
pub(crate) struct Runs(Counting);

impl Runs {
    /// Begins to count; where the kernel cannot, that is said.
    pub(crate) fn begin() -> Option<Self> {
        match count_runs() {
            Ok(counting) => Some(Self(counting)),
            Err(error) => {
                eprintln!("{error}");
                None
            }
        }
    }

    fn tell(self, collection: &Collection, names: &[&str]) -> Result<(), Failure> {
        for name in names {
            let info = collection.program(name).and_then(nbpfc_loader::Program::info);
            let info = info.map_err(|error| Failure::Message(error.to_string()))?;
            match info.run_time_ns.checked_div(info.runs) {
                Some(each) => eprintln!("program {}: {} runs, {each} ns each", info.id, info.runs),
                None => eprintln!("program {}: no run was counted", info.id),
            }
        }
        drop(self.0);
        Ok(())
    }
}
