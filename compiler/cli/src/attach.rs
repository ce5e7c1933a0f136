//! Filters in the running kernel, until somebody stops them.

use std::fs;
use std::path::Path;

use nbpfc_driver::{
    COUNTERS, Capture, FileId, Filter, Hook, Live, PACKETS, Place as Kind, Request, Session,
    Version,
};
use nbpfc_loader::signals::Signals;
use nbpfc_loader::{Collection, Error, Interface};

use crate::action::Action;
use crate::args::{AttachArgs, Mode};
use crate::capture::{Recorder, Records};
use crate::counts::Counters;
use crate::failure::Failure;
use crate::loading::Loading;
use crate::meter::Meter;
use crate::output;
use crate::pins::{Description, Pin, Pins, Reserved};
use crate::place::{self, Attached, Place};
use crate::watch::{Runs, Stream, Watch};

/// What is kept of a packet, and the memory for packets, if nobody says otherwise.
const SNAPSHOT_LENGTH: u32 = 262_144;
const BUFFER: u32 = 16 << 20;
/// The least memory for packets: a page, also where pages are large.
const LEAST_BUFFER: u32 = 64 << 10;
/// The program's name.
const NAME: &str = "filter";

/// What is attached where.
pub(crate) struct Job<'a> {
    pub(crate) action: Action,
    pub(crate) place: Place<'a>,
    /// Where captured packets go.
    pub(crate) to: Option<&'a Path>,
    pub(crate) args: &'a AttachArgs,
}

/// Attaches a filter and shows what it counts.
pub(crate) fn run(
    session: &Session<'_>,
    id: FileId,
    request: &Request,
    job: &Job<'_>,
) -> Result<(), Failure> {
    let args = job.args;
    let hook = request.target.hook;
    place::check(hook, job.place, args)?;
    if args.pin.is_some() && job.action == Action::Capture {
        let text = "captured packets go through this process: it cannot leave them behind by --pin";
        return Err(Failure::Message(text.to_owned()));
    }
    if !args.set.is_empty() {
        let text = "--set is for nbp programs: expressions have no parameters";
        return Err(Failure::Message(text.to_owned()));
    }
    let live = live(job)?;
    let filter = session
        .live(id, request, live)
        .map_err(|found| Failure::Source(session.files().clone(), found))?;
    // From here on a signal ends the waiting below, and so what is attached.
    let signals = Signals::hold().map_err(|error| failed(&error))?;
    let pin = reserve(args.pin.as_deref(), args)?;
    let sharing = place::sharing(hook, job.place, NAME, args)?;
    let device = card(hook, job.place, args)?;
    let verified = filter.object();
    let loading = Loading {
        session,
        id,
        object: verified.object(),
        programs: &[(NAME, &filter)],
        settings: &[],
        sharing: sharing.as_ref(),
        device: device.as_ref(),
        verbose: args.verbose,
    };
    let collection = loading.load()?;
    let map = map(&collection, COUNTERS)?;
    let counters = Counters { program: None, map, verdicts: Vec::new() };
    let stream = stream(job, request, &filter, live, &collection)?;
    let runs = runs(args);
    let program = collection.program(NAME).map_err(|error| failed(&error))?;
    let attached = place::attach(program, &filter, job.place, sharing, args)?;
    if let Some(pin) = pin {
        let description = Description {
            hook: hook.name,
            place: &job.place.anywhere(),
            action: &job.action.to_string(),
            expression: filter.file.text(),
        };
        return keep(vec![Kept { pin, attached, counters: &counters, description }], args);
    }
    let records = matches!(stream, Stream::Packets(..));
    let aside = records && job.to == Some(Path::new("-"));
    let meter = Meter::new(args.json, records, aside);
    let watch = Watch {
        signals: &signals,
        attached: vec![attached],
        names: &[NAME],
        collection: &collection,
        counters: vec![counters],
        stream,
        meter,
        duration: args.duration,
        runs,
    };
    watch.run()
}

/// The name that the attachment is to stay under, if it is to stay.
pub(crate) fn reserve(name: Option<&str>, args: &AttachArgs) -> Result<Option<Reserved>, Failure> {
    let open = |name: &str| Pins::open(&args.bpffs.path)?.reserve(name);
    name.map(open).transpose()
}

/// The interface whose card is to run the program.
pub(crate) fn card(
    hook: &Hook,
    place: Place<'_>,
    args: &AttachArgs,
) -> Result<Option<Interface>, Failure> {
    match (hook.place, place, args.mode) {
        (Kind::Xdp, Place::Interface(name), Some(Mode::Offload)) => {
            Interface::by_name(name).map(Some).map_err(|error| failed(&error))
        }
        _ => Ok(None),
    }
}

/// Has runs counted if they are asked for.
pub(crate) fn runs(args: &AttachArgs) -> Option<Runs> {
    if args.verbose && args.pin.is_none() { Runs::begin() } else { None }
}

/// A handle on a map that a program was loaded with.
pub(crate) fn map(collection: &Collection, name: &str) -> Result<nbpfc_loader::Map, Failure> {
    collection.map(name).and_then(nbpfc_loader::Map::try_clone).map_err(|error| failed(&error))
}

/// An attachment that is to stay.
pub(crate) struct Kept<'a> {
    pub(crate) pin: Reserved,
    pub(crate) attached: Attached,
    pub(crate) counters: &'a Counters,
    pub(crate) description: Description<'a>,
}

/// Lets attachments stay, all or none, and says so.
pub(crate) fn keep(all: Vec<Kept<'_>>, args: &AttachArgs) -> Result<(), Failure> {
    let mut pins: Vec<Pin> = Vec::new();
    for Kept { pin, attached, counters, description } in all {
        match pin.keep(attached, counters, &description) {
            Ok(pin) => pins.push(pin),
            Err(failure) => {
                // The failure that is told is the one that led here.
                for pin in &pins {
                    drop(pin.detach());
                }
                return Err(failure);
            }
        }
    }
    let names: Vec<&str> = pins.iter().map(|pin| pin.name.as_str()).collect();
    let text = if args.json {
        let line = |name| format!("{}\n", serde_json::json!({ "pinned": name }));
        names.into_iter().map(line).collect()
    } else {
        let (it, stays) = if names.len() == 1 { ("it", "stays") } else { ("they", "stay") };
        let them = if names.len() == 1 { "it" } else { "them" };
        let names = names.join(" ");
        format!(
            "{it} {stays} attached: `nbpfc list` shows {them}, `nbpfc detach {names}` ends {them}\n"
        )
    };
    output::print(&text)
}

/// Where captured packets come from and go to, if any do.
fn stream(
    job: &Job<'_>,
    request: &Request,
    filter: &Filter,
    live: Live,
    collection: &Collection,
) -> Result<Stream, Failure> {
    let (Live::Capture(capture), Some(path)) = (live, job.to) else { return Ok(Stream::Nothing) };
    let packets = collection.map(PACKETS).and_then(|map| Records::open(map, capture.buffer));
    let packets = packets.map_err(|error| failed(&error))?;
    let name = job.place.to_string();
    let link_type = request.link_type.number();
    let recorder = Recorder::create(path, filter, &name, link_type, capture.snapshot_length)?;
    Ok(Stream::Packets(Box::new(recorder), packets))
}

/// The version of the running kernel, its first two numbers.
pub(crate) fn running_kernel() -> Option<String> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some(format!("{}.{}", numbers.next()?, numbers.next()?))
}

/// Whether it is the kernel that runs here, which can be asked.
pub(crate) fn is_running(kernel: Version) -> bool {
    running_kernel().and_then(|running| running.parse().ok()) == Some(kernel)
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
