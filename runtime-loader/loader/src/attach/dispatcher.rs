//! XDP, shared: several programs of one interface by libxdp's dispatcher, versions 2 and 3.
//!
//! The interface's program is a dispatcher that calls the others, each of which extends a function
//! of it (`freplace`). Who comes or goes makes a new dispatcher with all that stay, names it and
//! them in a BPF file system, and puts it in the old one's place at once, if that is still there.

mod config;
mod code;
mod folder;
mod installed;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nbpfc_kernel::ProgramType;

use self::code::{Dispatcher, NAME, READ_ONLY};
use self::config::{Config, FRAGS, MOST, NOBODY, Slot};
use self::folder::{Folder, Root};
use super::xdp::{self, XdpMode};
use crate::attach_error::AttachError;
use crate::attach_record::AttachRecord;
use crate::errno::Errno;
use crate::error::Error;
use crate::interface::Interface;
use crate::link::{Attachment, BpfLink, Means};
use crate::map::Map;
use crate::object::{Collection, Opened};
use crate::plan::{Plan, Planned};
use crate::program::Program;
use crate::sys::attach::{LinkCreate, create_link};

pub use config::DispatcherVersion;

/// How often somebody else may come in between.
const ATTEMPTS: u32 = 10;
const PASS: u32 = 2;

/// Where and how to attach.
#[derive(Clone, Copy, Debug)]
pub struct SharedOptions<'a> {
    /// The interface's name.
    pub interface: &'a str,
    /// Who is to run the programs, if the interface has none yet.
    pub mode: XdpMode,
    /// The BPF file system in which the programs have their names: libxdp's is `/sys/fs/bpf`.
    pub bpffs: &'a Path,
    /// Lower ones run first.
    pub priority: u32,
    /// Whether the program takes packets in several pieces (the hook `xdp.frags`).
    pub has_frags: bool,
    /// The layout, if the interface has no program yet. libxdp adds to those of its own version.
    pub version: DispatcherVersion,
}

impl<'a> SharedOptions<'a> {
    /// libxdp's defaults.
    pub fn new(interface: &'a str) -> Self {
        Self {
            interface,
            mode: XdpMode::Auto,
            bpffs: Path::new(crate::bpffs::USUAL),
            priority: 50,
            has_frags: false,
            version: DispatcherVersion::default(),
        }
    }
}

/// A place among the XDP programs of an interface, before its program is loaded.
///
/// [`Sharing::load`] loads it, as one that extends [`Sharing::target`], and [`Sharing::plan`] attaches
/// it.
#[derive(Debug)]
pub struct Sharing {
    seat: Seat,
    before: Option<Present>,
    next: Next,
}

/// What is the same in every dispatcher that the program will be part of.
#[derive(Clone, Debug)]
struct Seat {
    interface: Interface,
    mode: XdpMode,
    bpffs: PathBuf,
    version: DispatcherVersion,
    slot: Slot,
    name: String,
}

/// A dispatcher that is attached, with its programs.
#[derive(Debug)]
struct Present {
    mode: XdpMode,
    program: Program,
    config: Config,
    members: Vec<Program>,
    folder: Folder,
}

/// A dispatcher to be, and where in it the new program is.
#[derive(Debug)]
struct Next {
    dispatcher: Dispatcher,
    seat: Option<usize>,
}

impl Sharing {
    /// Whether an interface's XDP program is a dispatcher.
    ///
    /// # Errors
    /// [`AttachError`] of a name that there is not; the kernel's refusal.
    pub fn is_used(interface: &str) -> Result<bool, Error> {
        Ok(xdp::attached(interface)?.iter().any(|one| one.program_name == NAME))
    }

    /// Finds a place for a program with the name `name`: among those of the same priority, names
    /// decide.
    ///
    /// # Errors
    /// [`AttachError::Occupied`] names a program that is no dispatcher, or one that is full.
    /// The BPF file system's, if it is none.
    pub fn begin(options: &SharedOptions<'_>, name: &str) -> Result<Self, Error> {
        let interface = Interface::by_name(options.interface)?;
        let root = Root::open(options.bpffs)?;
        let bpffs = std::fs::canonicalize(options.bpffs)
            .ok()
            .filter(|path| path.to_str().is_some_and(|path| !path.contains(char::is_whitespace)));
        let bpffs = bpffs.ok_or(Error::Argument("the BPF file system's path has spaces in it"))?;
        let before = present(&interface, &root)?;
        let slot = Slot {
            chain: 1 << NOBODY | 1 << PASS,
            priority: options.priority,
            flags: if options.has_frags { FRAGS } else { 0 },
        };
        let seat = Seat {
            interface,
            mode: options.mode,
            bpffs,
            version: options.version,
            slot,
            name: name.to_owned(),
        };
        let next = seat.join(before.as_ref())?;
        Ok(Self { seat, before, next })
    }

    /// Loads a program of an object for it, and no other.
    ///
    /// # Errors
    /// As for [`Opened::load`]; that the machine does not let programs extend others.
    pub fn load(&self, mut opened: Opened, program: &str) -> Result<Collection, Error> {
        opened.only(&[])?;
        let (target, function) = self.target();
        let target = target.try_clone_to_owned().map_err(|error| Error::Failed {
            action: "duplicate a descriptor",
            errno: Errno(error.raw_os_error().unwrap_or(libc::EINVAL)),
        })?;
        let plan = opened.program(program)?;
        plan.load = true;
        plan.program_type = Some(ProgramType::Ext);
        plan.attach_type = None;
        plan.flags = 0;
        plan.attach_program = Some((target, function));
        opened.load().map_err(|error| match error.errno() {
            Some(errno @ Errno::EPERM) if error.log().is_empty() => {
                not_extended(&self.seat.interface, errno).into()
            }
            _ => error,
        })
    }

    /// What the program must extend: a program, and the BTF id of a function of it.
    pub fn target(&self) -> (BorrowedFd<'_>, u32) {
        let Next { dispatcher, seat } = &self.next;
        let function = seat.and_then(|seat| dispatcher.function(seat)).unwrap_or(0);
        (dispatcher.program.as_fd(), function)
    }

    /// Prepares to attach the program that was loaded for [`Sharing::target`].
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn plan(self, program: &Program) -> Result<Plan, Error> {
        let id = program.info()?.id;
        let program = Program::from_id(id)?;
        let ready = Some((self.before, self.next));
        Ok(Plan::new(Shared { seat: self.seat, program, id, ready }))
    }
}

impl Seat {
    fn place(&self) -> String {
        format!("{}, XDP by a dispatcher", self.interface.name)
    }

    /// A dispatcher with the present programs and a place for ours.
    fn join(&self, before: Option<&Present>) -> Result<Next, Error> {
        let Some(before) = before else {
            let config = Config { version: self.version, slots: vec![self.slot] };
            return Ok(Next { dispatcher: Dispatcher::load(&config)?, seat: Some(0) });
        };
        let mut slots = before.config.slots.clone();
        if slots.len() >= MOST {
            let holder = format!("a dispatcher with {MOST} programs, the most that it takes");
            let help = "remove one of them".to_owned();
            return Err(AttachError::Occupied { place: self.place(), holder, help }.into());
        }
        let mut seat = slots.len();
        for (index, (slot, program)) in slots.iter().zip(&before.members).enumerate() {
            let theirs = (slot.priority, program.info()?.name);
            if theirs > (self.slot.priority, self.name.clone()) {
                seat = index;
                break;
            }
        }
        slots.insert(seat, self.slot);
        let config = Config { version: before.config.version, slots };
        Ok(Next { dispatcher: Dispatcher::load(&config)?, seat: Some(seat) })
    }
}

/// The dispatcher of an interface, if it has a program.
fn present(interface: &Interface, root: &Root) -> Result<Option<Present>, Error> {
    // Its programs may have changed between the questions; once more is enough, since then it is
    // told what is there.
    let first = try_present(interface, root);
    if first.is_err() { try_present(interface, root) } else { first }
}

fn try_present(interface: &Interface, root: &Root) -> Result<Option<Present>, Error> {
    let there = xdp::programs(interface)?;
    let Some(&(mode, id)) = there.first() else { return Ok(None) };
    let occupied = |reason: &str| {
        let holder = xdp::holders_of(interface);
        let help = format!("it cannot be shared: {reason}");
        Error::from(AttachError::Occupied {
            place: format!("{}, XDP,", interface.name),
            holder,
            help,
        })
    };
    if there.len() > 1 || mode == XdpMode::Offload {
        return Err(occupied("a dispatcher runs in one mode, native or generic"));
    }
    let program = Program::from_id(id)?;
    let maps = program.map_ids()?;
    let [map] = maps[..] else { return Err(occupied("it is no dispatcher of libxdp's")) };
    if program.info()?.name != NAME {
        return Err(occupied("it is no dispatcher of libxdp's"));
    }
    let map = Map::from_id(map)?;
    let info = map.info()?;
    if info.key_size != 4 || info.max_entries != 1 || info.flags & READ_ONLY == 0 {
        return Err(occupied("its map is not a dispatcher's"));
    }
    let value = map.lookup(&[0; 4])?.unwrap_or_default();
    let config = Config::parse(&value).map_err(|reason| occupied(&reason))?;
    let lock = root.lock()?;
    let folder = root.of(interface.index, id);
    let members = folder.programs(config.slots.len()).map_err(|error| {
        occupied(&format!("its programs have no names in this BPF file system ({error})"))
    })?;
    drop(lock);
    Ok(Some(Present { mode, program, config, members, folder }))
}

/// Puts a dispatcher with these programs where the present one is. `EEXIST` and `EBUSY` if somebody
/// else did meanwhile.
fn publish(
    seat: &Seat,
    before: Option<&Present>,
    dispatcher: &Dispatcher,
    members: &[&Program],
) -> Result<(), Error> {
    let root = Root::open(&seat.bpffs)?;
    let mut linked = Vec::new();
    for (index, program) in members.iter().enumerate() {
        let link = extend(dispatcher, index, program)
            .map_err(|errno| not_extended(&seat.interface, errno))?;
        linked.push((*program, link));
    }
    let folder = root.of(seat.interface.index, dispatcher.program.info()?.id);
    let lock = root.lock()?;
    folder.fill(&linked)?;
    drop(lock);
    let mode = before.map_or(seat.mode, |before| before.mode);
    let old = before.map(|before| &before.program);
    let put = |mode| xdp::swap(&seat.interface, mode, Some(&dispatcher.program), old);
    let swapped = match put(mode) {
        // The driver has XDP, but not for this interface as it is set up.
        Err(error) if mode == XdpMode::Auto && !is_race(&error) => {
            put(XdpMode::Generic).map_err(|_| error)
        }
        swapped => swapped,
    };
    let _lock = root.lock()?;
    match (&swapped, before) {
        (Err(_), _) => folder.remove(),
        (Ok(()), Some(before)) => before.folder.remove(),
        (Ok(()), None) => {}
    }
    swapped
}

fn not_extended(interface: &Interface, errno: Errno) -> AttachError {
    let action = format!("add a program to a dispatcher of {}", interface.name);
    let help = "its programs extend it (freplace), which needs Linux 5.10 and a machine that \
                allows it";
    AttachError::Refused { action, errno, message: String::new(), help: help.to_owned() }
}

/// Attaches a program to its place in a dispatcher.
fn extend(dispatcher: &Dispatcher, index: usize, program: &Program) -> Result<BpfLink, Errno> {
    let link = create_link(LinkCreate {
        prog_fd: program.as_fd().as_raw_fd() as u32,
        target: dispatcher.program.as_fd().as_raw_fd() as u32,
        relative: dispatcher.function(index).unwrap_or(0),
        ..Default::default()
    });
    link.map(BpfLink::new)
}

/// Whether somebody else came in between.
fn is_race(error: &Error) -> bool {
    matches!(error.errno(), Some(Errno::EEXIST | Errno::EBUSY | Errno::ENOENT))
}

/// Again while somebody else comes in between.
fn again<T>(mut attempt: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let mut tries = 1;
    loop {
        match attempt() {
            Err(error) if is_race(&error) && tries < ATTEMPTS => {
                std::thread::sleep(Duration::from_micros(1 << tries));
                tries += 1;
            }
            result => return result,
        }
    }
}

/// A program of a dispatcher.
#[derive(Debug)]
struct Shared {
    seat: Seat,
    program: Program,
    id: u32,
    /// What was there when the program was loaded, and what was made for it.
    ready: Option<(Option<Present>, Next)>,
}

pub(super) const KIND: &str = "shared";

/// Removes a program from the dispatcher that it is in; `false` if it is in none.
fn remove(seat: &Seat, id: u32) -> Result<bool, Error> {
    let index = seat.interface.index;
    let is_gone = !Interface::all()?.iter().any(|other| other.index == index);
    let removed = if is_gone { false } else { take_out(seat, id)? };
    // Names outlive an interface that is gone, and who was killed before a dispatcher was attached.
    let attached = if is_gone { Vec::new() } else { xdp::programs(&seat.interface)? };
    let root = Root::open(&seat.bpffs)?;
    let _lock = root.lock()?;
    root.forget(index, id, attached.first().map(|(_, program)| *program));
    Ok(removed)
}

fn take_out(seat: &Seat, id: u32) -> Result<bool, Error> {
    again(|| {
        let root = Root::open(&seat.bpffs)?;
        let Some(before) = present(&seat.interface, &root)? else { return Ok(false) };
        let Some(index) = position(&before, id)? else { return Ok(false) };
        let mut config = before.config.clone();
        config.slots.remove(index);
        if config.slots.is_empty() {
            xdp::swap(&seat.interface, before.mode, None, Some(&before.program))?;
            let _lock = root.lock()?;
            before.folder.remove();
            return Ok(true);
        }
        let dispatcher = Dispatcher::load(&config)?;
        let mut members: Vec<&Program> = before.members.iter().collect();
        members.remove(index);
        publish(seat, Some(&before), &dispatcher, &members)?;
        Ok(true)
    })
}

/// Where in a dispatcher a program is.
fn position(present: &Present, id: u32) -> Result<Option<usize>, Error> {
    for (index, member) in present.members.iter().enumerate() {
        if member.info()?.id == id {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn parse(record: &AttachRecord) -> Result<(Seat, u32), Error> {
    let seat = Seat {
        interface: record.interface()?,
        mode: XdpMode::Auto,
        bpffs: record.get::<PathBuf>("bpffs")?,
        version: DispatcherVersion::default(),
        slot: Slot { chain: 0, priority: 0, flags: 0 },
        name: String::new(),
    };
    Ok((seat, record.get("program")?))
}

pub(super) fn undo(record: &AttachRecord) -> Result<bool, Error> {
    let (seat, id) = parse(record)?;
    remove(&seat, id)
}

pub(super) fn is_there(record: &AttachRecord) -> Result<bool, Error> {
    let (seat, id) = parse(record)?;
    if !Interface::all()?.iter().any(|other| other.index == seat.interface.index) {
        return Ok(false);
    }
    let present = present(&seat.interface, &Root::open(&seat.bpffs)?)?;
    present.map_or(Ok(false), |present| Ok(position(&present, id)?.is_some()))
}

impl Planned for Shared {
    fn carry_out(&mut self) -> Result<(), Error> {
        let Self { seat, program, ready, .. } = self;
        again(|| {
            let (before, next) = if let Some(ready) = ready.take() {
                ready
            } else {
                let before = present(&seat.interface, &Root::open(&seat.bpffs)?)?;
                let next = seat.join(before.as_ref())?;
                (before, next)
            };
            let there = before.as_ref().map(|before| before.members.as_slice());
            let mut members: Vec<&Program> = there.unwrap_or_default().iter().collect();
            if let Some(place) = next.seat {
                members.insert(place, program);
            }
            publish(seat, before.as_ref(), &next.dispatcher, &members)
        })
    }
}

impl Attachment for Shared {
    fn means(&self) -> Means {
        Means::Netlink
    }

    fn replace(&mut self, _: &Program, _: Option<&Program>) -> Result<(), Error> {
        Err(Error::Argument(
            "a program of a dispatcher is not replaced: attach the new one, then detach the old one",
        ))
    }

    fn detach(&mut self) -> Result<(), Error> {
        remove(&self.seat, self.id).map(drop)
    }

    fn pin(&self, path: &Path) -> Result<(), Error> {
        self.program.pin(path)
    }

    fn place(&self) -> String {
        self.seat.place()
    }

    fn program_id(&self) -> Result<u32, Error> {
        Ok(self.id)
    }

    fn record(&self) -> Option<AttachRecord> {
        let record = AttachRecord::new(KIND, &self.seat.interface).with("program", self.id);
        Some(record.with("bpffs", self.seat.bpffs.display()))
    }

    fn is_attached(&self) -> Result<bool, Error> {
        self.record().map_or(Ok(false), |record| is_there(&record))
    }
}
