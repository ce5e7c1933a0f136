//! Filters in the running kernel, until somebody stops them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nbpfc_driver::{COUNTERS, Counted, FileId, Filter, Live, Place as Kind, Request, Session};
use nbpfc_loader::signals::{Signals, Stop};
use nbpfc_loader::{
    CgroupOptions, Error, Interface, Link, Map, PacketSocket, Program, TcxOptions, XdpMode,
    XdpOptions, load_object,
};

use crate::action::Action;
use crate::args::{AttachArgs, Mode};
use crate::failure::Failure;
use crate::meter::Meter;

/// Time between two lines of counts.
const TICK: Duration = Duration::from_secs(1);

/// What to attach to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    Interface(&'a str),
    Cgroup(&'a Path),
}

impl<'a> Place<'a> {
    /// The place that the command line names.
    pub(crate) fn of(args: &'a AttachArgs) -> Option<Self> {
        let interface = args.interface.as_deref().map(Self::Interface);
        interface.or(args.cgroup.as_deref().map(Self::Cgroup))
    }
}

/// What is attached; dropping it detaches.
struct Attached {
    _link: Link,
    /// Where the filter is the socket's, which is never read.
    _socket: Option<PacketSocket>,
}

/// Attaches a filter and shows what it counts.
pub(crate) fn run(
    session: &Session<'_>,
    id: FileId,
    request: &Request,
    action: &Action,
    place: Place<'_>,
    args: &AttachArgs,
) -> Result<(), Failure> {
    let live = live(action)?;
    let filter = session
        .live(id, request, live)
        .map_err(|found| Failure::Source(session.files().clone(), found))?;
    // From here on a signal ends the waiting below, and so what is attached.
    let signals = Signals::hold().map_err(|error| failed(&error))?;
    let (program, counters) = load(session, id, &filter, args.verbose)?;
    let attached = attach(&program, &filter, place, args).map_err(|error| failed(&error))?;
    let counted = || read(&counters);

    let mut meter = Meter::new(args.json);
    let end = args.duration.and_then(|time| Instant::now().checked_add(time));
    loop {
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        let wait = left.map_or(TICK, |left| left.min(TICK));
        let stop = signals.wait(Some(wait)).map_err(|error| failed(&error))?;
        if stop != Stop::Elapsed || end.is_some_and(|end| Instant::now() >= end) {
            break;
        }
        meter.show(counted()?)?;
    }
    drop(attached);
    meter.finish(counted()?)
}

/// The version of the running kernel, its first two numbers.
pub(crate) fn running_kernel() -> Option<String> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some(format!("{}.{}", numbers.next()?, numbers.next()?))
}

fn live(action: &Action) -> Result<Live, Failure> {
    Ok(match action {
        Action::Count => Live::Count,
        Action::Pass => Live::Pass,
        Action::Drop => Live::Drop,
        Action::Redirect(name) => {
            Live::Redirect(Interface::by_name(name).map_err(|error| failed(&error))?.index)
        }
    })
}

fn failed(error: &Error) -> Failure {
    Failure::Message(error.to_string())
}

/// The program in the kernel, and its counters.
fn load(
    session: &Session<'_>,
    id: FileId,
    filter: &Filter,
    verbose: bool,
) -> Result<(Program, Map), Failure> {
    let verified = filter.object();
    let object = verified.object();
    let loaded = load_object(object, "filter", filter.target.hook, 0).map_err(|error| {
        if error.log().is_empty() {
            return failed(&error);
        }
        let mut diagnostic = filter.rejection(id, error.log());
        if verbose {
            diagnostic = diagnostic.note(format!("the whole log:\n{}", error.log().trim_end()));
        }
        Failure::Source(session.files().clone(), vec![diagnostic])
    })?;
    let maps = object.maps.iter().zip(loaded.maps);
    let counters = maps.into_iter().find(|(map, _)| map.name == COUNTERS);
    let missing = || Failure::bug(&"the program has no counters");
    Ok((loaded.program, counters.ok_or_else(missing)?.1))
}

fn read(counters: &Map) -> Result<Counted, Failure> {
    let values = counters.lookup_per_cpu(&[0; 4]).map_err(|error| failed(&error))?;
    let sum = Counted::sum(values.unwrap_or_default());
    sum.ok_or_else(|| Failure::bug(&"the counters have another size"))
}

fn attach(
    program: &Program,
    filter: &Filter,
    place: Place<'_>,
    args: &AttachArgs,
) -> Result<Attached, Error> {
    let mut socket = None;
    let link = match (filter.target.hook.place, place) {
        (Kind::Xdp, Place::Interface(name)) => {
            let mode = match args.mode {
                Mode::Auto => XdpMode::Auto,
                Mode::Native => XdpMode::Native,
                Mode::Generic => XdpMode::Generic,
            };
            program.attach_xdp(&XdpOptions { mode, ..XdpOptions::new(name) })?
        }
        (Kind::Tc(direction), Place::Interface(name)) => {
            program.attach_tcx(&TcxOptions::new(name, direction))?
        }
        (Kind::Socket, Place::Interface(name)) => {
            let packets = PacketSocket::open(name)?;
            let link = program.attach_socket(std::os::fd::AsFd::as_fd(&packets))?;
            packets.listen()?;
            socket = Some(packets);
            link
        }
        (Kind::Cgroup(direction), Place::Cgroup(path)) => {
            program.attach_cgroup(&CgroupOptions::new(path, direction))?
        }
        (Kind::Cgroup(_), Place::Interface(_)) => {
            return Err(Error::Argument(
                "programs of this hook are attached to a cgroup: --cgroup PATH",
            ));
        }
        (Kind::Route, _) => {
            return Err(Error::Argument("attaching to routes is not supported yet"));
        }
        (_, Place::Cgroup(_)) => {
            return Err(Error::Argument(
                "programs of this hook are attached to an interface: --attach INTERFACE; for a cgroup choose --hook cgroup_skb.ingress or cgroup_skb.egress",
            ));
        }
    };
    Ok(Attached { _link: link, _socket: socket })
}
