//! Filters in the running kernel, until somebody stops them.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use nbpfc_driver::{COUNTERS, Capture, Counted, FileId, Filter, Live, PACKETS, Request, Session};
use nbpfc_loader::signals::{Signals, Stop};
use nbpfc_loader::{Error, Interface, Map, Program, Sharing, load_object};
use serde_json::json;

use crate::action::Action;
use crate::args::AttachArgs;
use crate::capture::{Recorder, Records};
use crate::failure::Failure;
use crate::meter::Meter;
use crate::output;
use crate::pins::{Description, Pins};
use crate::place::{self, Attached, Place};

/// Time between two lines of counts.
const TICK: Duration = Duration::from_secs(1);

/// What is kept of a packet, and the memory for packets, if nobody says otherwise.
const SNAPSHOT_LENGTH: u32 = 262_144;
const BUFFER: u32 = 16 << 20;
/// The least memory for packets: a page, also where pages are large.
const LEAST_BUFFER: u32 = 64 << 10;

/// What is attached where.
pub(crate) struct Job<'a> {
    pub(crate) action: Action,
    pub(crate) place: Place<'a>,
    /// Where captured packets go.
    pub(crate) to: Option<&'a Path>,
    pub(crate) args: &'a AttachArgs,
}

/// A filter in the kernel.
struct Running {
    program: Program,
    counters: Map,
    /// Where the packets come from that it captures.
    records: Option<Records>,
}

/// Attaches a filter and shows what it counts.
pub(crate) fn run(
    session: &Session<'_>,
    id: FileId,
    request: &Request,
    job: &Job<'_>,
) -> Result<(), Failure> {
    place::check(request.target.hook, job.place, job.args)?;
    if job.args.pin.is_some() && job.action == Action::Capture {
        let text = "captured packets go through this process: it cannot leave them behind by --pin";
        return Err(Failure::Message(text.to_owned()));
    }
    let live = live(job)?;
    let filter = session
        .live(id, request, live)
        .map_err(|found| Failure::Source(session.files().clone(), found))?;
    // From here on a signal ends the waiting below, and so what is attached.
    let signals = Signals::hold().map_err(|error| failed(&error))?;
    let open = |name: &String| Pins::open(&job.args.bpffs.path)?.reserve(name);
    let pin = job.args.pin.as_ref().map(open).transpose()?;
    let sharing = place::sharing(filter.target.hook, job.place, "filter", job.args)?;
    let Running { program, counters, records } =
        load(session, id, &filter, live, sharing.as_ref(), job.args.verbose)?;
    let recorder = recorder(job, request, &filter, live)?;
    let recording = recorder.zip(records);
    let attached = place::attach(&program, &filter, job.place, sharing, job.args)?;
    if let (Some(pin), Some(name)) = (pin, &job.args.pin) {
        let description = Description {
            hook: filter.target.hook.name,
            place: &job.place.anywhere(),
            action: &job.action.to_string(),
            expression: filter.file.text(),
        };
        pin.keep(attached, &counters, &description)?;
        let text = if job.args.json {
            format!("{}\n", json!({ "pinned": name }))
        } else {
            format!("it stays attached: `nbpfc list` shows it, `nbpfc detach {name}` ends it\n")
        };
        return output::print(&text);
    }
    let aside = recording.is_some() && job.to == Some(Path::new("-"));
    let meter = Meter::new(job.args.json, recording.is_some(), aside);
    watch(&signals, attached, &counters, recording, meter, job.args.duration)
}

/// Shows counts and writes packets until somebody wants it to end, or its time is over.
fn watch(
    signals: &Signals,
    attached: Attached,
    counters: &Map,
    mut recording: Option<(Recorder, Records)>,
    mut meter: Meter,
    duration: Option<Duration>,
) -> Result<(), Failure> {
    let end = duration.and_then(|time| Instant::now().checked_add(time));
    let mut tick = Instant::now() + TICK;
    loop {
        let until = end.map_or(tick, |end| end.min(tick));
        let left = until.saturating_duration_since(Instant::now());
        let others: Vec<BorrowedFd<'_>> =
            recording.iter().map(|(_, records)| records.as_fd()).collect();
        let stop = signals.wait_beside(&others, Some(left)).map_err(|error| failed(&error))?;
        if let (Stop::Readable(_), Some((recorder, records))) = (stop, &mut recording) {
            recorder.take(records)?;
        }
        let now = Instant::now();
        if matches!(stop, Stop::Signal(_)) || end.is_some_and(|end| now >= end) {
            break;
        }
        if now >= tick {
            tick = now + TICK;
            let captured = recording.as_ref().map_or(0, |(recorder, _)| recorder.captured);
            if !meter.show(read(counters)?, captured)? {
                break;
            }
        }
    }
    drop(attached);
    let mut captured = 0;
    if let Some((mut recorder, mut records)) = recording {
        while recorder.take(&mut records)? {}
        captured = recorder.captured;
        recorder.finish(read(counters)?)?;
    }
    meter.finish(read(counters)?, captured)
}

/// The file for what is captured, if anything is.
fn recorder(
    job: &Job<'_>,
    request: &Request,
    filter: &Filter,
    live: Live,
) -> Result<Option<Recorder>, Failure> {
    let (Live::Capture(capture), Some(path)) = (live, job.to) else { return Ok(None) };
    let name = job.place.to_string();
    let link_type = request.link_type.number();
    Recorder::create(path, filter, &name, link_type, capture.snapshot_length).map(Some)
}

/// The version of the running kernel, its first two numbers.
pub(crate) fn running_kernel() -> Option<String> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some(format!("{}.{}", numbers.next()?, numbers.next()?))
}

fn live(job: &Job<'_>) -> Result<Live, Failure> {
    let live = match &job.action {
        Action::Count => Live::Count,
        Action::Pass => Live::Pass,
        Action::Drop => Live::Drop,
        Action::Capture => Live::Capture(Capture {
            snapshot_length: job.args.snaplen.unwrap_or(SNAPSHOT_LENGTH),
            buffer: job.args.buffer.unwrap_or(BUFFER).max(LEAST_BUFFER).next_power_of_two(),
        }),
        Action::Redirect(name) => {
            Live::Redirect(Interface::by_name(name).map_err(|error| failed(&error))?.index)
        }
    };
    let captures = matches!(live, Live::Capture(_));
    let message = match job.to {
        None if captures => "say where captured packets go with -w FILE",
        Some(_) if !captures => "-w FILE is for --do capture",
        None if job.args.snaplen.or(job.args.buffer).is_some() => {
            "--snaplen and --buffer are for --do capture"
        }
        _ => return Ok(live),
    };
    Err(Failure::Message(message.to_owned()))
}

/// What the loader says.
pub(crate) fn failed(error: &Error) -> Failure {
    Failure::Message(error.to_string())
}

/// The program in the kernel, and its maps.
fn load(
    session: &Session<'_>,
    id: FileId,
    filter: &Filter,
    live: Live,
    sharing: Option<&Sharing>,
    verbose: bool,
) -> Result<Running, Failure> {
    let verified = filter.object();
    let object = verified.object();
    let loaded = match sharing {
        None => load_object(object, "filter", filter.target.hook, 0),
        Some(sharing) => sharing.load(object, "filter"),
    };
    let loaded = loaded.map_err(|error| refused(session, id, filter, &error, verbose))?;
    let named = |name: &str| {
        let mut maps = object.maps.iter().zip(&loaded.maps);
        maps.find(|(map, _)| map.name == name).map(|(_, map)| map)
    };
    let again = |map: &Map| map.try_clone().map_err(|error| failed(&error));
    let counters = named(COUNTERS).map(again).transpose()?;
    let counters = counters.ok_or_else(|| Failure::bug(&"the program has no counters"))?;
    let records = match (live, named(PACKETS)) {
        (Live::Capture(capture), Some(map)) => {
            Some(Records::open(map, capture.buffer).map_err(|error| failed(&error))?)
        }
        _ => None,
    };
    Ok(Running { program: loaded.program, counters, records })
}

/// Why the kernel did not take a program, at the place in its source.
pub(crate) fn refused(
    session: &Session<'_>,
    id: FileId,
    filter: &Filter,
    error: &Error,
    verbose: bool,
) -> Failure {
    if error.log().is_empty() {
        return failed(error);
    }
    let mut diagnostic = filter.rejection(id, error.log());
    if verbose {
        diagnostic = diagnostic.note(format!("the whole log:\n{}", error.log().trim_end()));
    }
    Failure::Source(session.files().clone(), vec![diagnostic])
}

fn read(counters: &Map) -> Result<Counted, Failure> {
    let values = counters.lookup_per_cpu(&[0; 4]).map_err(|error| failed(&error))?;
    let sum = Counted::sum(values.unwrap_or_default());
    sum.ok_or_else(|| Failure::bug(&"the counters have another size"))
}
