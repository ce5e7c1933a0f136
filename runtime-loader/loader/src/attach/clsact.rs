//! tc with a qdisc: filters of clsact (tc-bpf(8)), for kernels without tcx and beside other filters.

use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

use nbpfc_kernel::Direction;

use super::attached::{Attached, name_of};
use crate::attach_error::AttachError;
use crate::attach_record::AttachRecord;
use crate::errno::Errno;
use crate::error::Error;
use crate::interface::Interface;
use crate::link::{Attachment, Means};
use crate::netlink::{Message, Refusal, Socket, attribute, number};
use crate::place::{TCX_EGRESS, TCX_INGRESS, hook_of};
use crate::plan::{Plan, Planned};
use crate::program::Program;
use crate::sys;

const RTM_NEWQDISC: u16 = 36;
const RTM_DELQDISC: u16 = 37;
const RTM_GETQDISC: u16 = 38;
const RTM_NEWTFILTER: u16 = 44;
const RTM_DELTFILTER: u16 = 45;
const RTM_GETTFILTER: u16 = 46;
const NLM_F_EXCL: u16 = 0x200;
const NLM_F_CREATE: u16 = 0x400;
/// Bytes of `struct tcmsg`.
const TCMSG: usize = 20;
const TCA_KIND: u16 = 1;
const TCA_OPTIONS: u16 = 2;
const TCA_CHAIN: u16 = 11;
const TCA_BPF_FD: u16 = 6;
const TCA_BPF_NAME: u16 = 7;
const TCA_BPF_FLAGS: u16 = 8;
const TCA_BPF_ID: u16 = 11;
/// `TCA_BPF_FLAG_ACT_DIRECT`: the program's result is what becomes of the packet.
const DIRECT: u32 = 1;
/// `TC_H_CLSACT`, the parent of both qdiscs, and their handle.
const CLSACT: u32 = 0xffff_fff1;
const QDISC_HANDLE: u32 = 0xffff_0000;
/// The parents of filters: `TC_H_MIN_INGRESS`, `TC_H_MIN_EGRESS`.
const INGRESS: u32 = 0xffff_fff2;
const EGRESS: u32 = 0xffff_fff3;
/// The priority of a first filter, which is also tc's.
const FIRST_PRIORITY: u16 = 0xc000;
const HANDLE: u32 = 1;
/// Names of our filters. The second tells who comes later that the qdisc is ours, so that the last
/// to leave removes it.
const NAME: &str = "nbpfc";
const NAME_WITH_QDISC: &str = "nbpfc.clsact";

/// Where to attach.
#[derive(Clone, Copy, Debug)]
pub struct ClsactOptions<'a> {
    /// The interface's name.
    pub interface: &'a str,
    /// The way of the packets.
    pub direction: Direction,
    /// Filters run in its order, the lowest first; `None` for behind all that are there.
    pub priority: Option<u16>,
}

impl<'a> ClsactOptions<'a> {
    /// Behind all others.
    pub fn new(interface: &'a str, direction: Direction) -> Self {
        Self { interface, direction, priority: None }
    }
}

fn parent(direction: Direction) -> u32 {
    match direction {
        Direction::Ingress => INGRESS,
        Direction::Egress => EGRESS,
    }
}

fn hook(direction: Direction) -> &'static str {
    hook_of(match direction {
        Direction::Ingress => TCX_INGRESS,
        Direction::Egress => TCX_EGRESS,
    })
}

/// `struct tcmsg`.
fn header(index: u32, handle: u32, parent: u32, info: u32) -> [u8; TCMSG] {
    let mut header = [0; TCMSG];
    for (at, value) in [(4, index), (8, handle), (12, parent), (16, info)] {
        header[at..at + 4].copy_from_slice(&value.to_ne_bytes());
    }
    header
}

/// A number of `struct tcmsg`.
fn member(body: &[u8], at: usize) -> u32 {
    body.get(at..).and_then(number).unwrap_or(0)
}

/// A priority and the protocol of every packet, as `tcm_info` holds them.
fn info(priority: u16) -> u32 {
    u32::from(priority) << 16 | u32::from((libc::ETH_P_ALL as u16).to_be())
}

/// A filter of any kind that is there.
#[derive(Clone, Debug)]
struct There {
    priority: u16,
    handle: u32,
    kind: String,
    name: String,
    program: Option<u32>,
}

impl There {
    fn parse(body: &[u8]) -> Option<Self> {
        let attributes = body.get(TCMSG..)?;
        let chain = attribute(attributes, TCA_CHAIN).and_then(number).unwrap_or(0);
        // Other chains run when a filter of the first sends a packet there.
        if chain != 0 {
            return None;
        }
        let kind = sys::text(attribute(attributes, TCA_KIND)?);
        // Each kind has options of its own.
        let options = attribute(attributes, TCA_OPTIONS).filter(|_| kind == "bpf");
        let options = options.unwrap_or_default();
        Some(Self {
            priority: (member(body, 16) >> 16) as u16,
            handle: member(body, 8),
            kind,
            name: attribute(options, TCA_BPF_NAME).map(sys::text).unwrap_or_default(),
            program: attribute(options, TCA_BPF_ID).and_then(number),
        })
    }

    /// In words.
    fn describe(&self) -> String {
        let Self { kind, handle, .. } = self;
        match self.program {
            Some(id) => format!("the filter {kind} {:?}, program {id}", self.name),
            None => format!("the filter {kind}, handle {handle:#x}"),
        }
    }
}

/// The filters of a direction, in the order in which they run.
fn filters(socket: &mut Socket, index: u32, parent: u32) -> Result<Vec<There>, Refusal> {
    let answers = socket.dump(RTM_GETTFILTER, Message::new(&header(index, 0, parent, 0)))?;
    let filters = answers.iter().filter(|(kind, _)| *kind == RTM_NEWTFILTER);
    Ok(filters.filter_map(|(_, body)| There::parse(body)).collect())
}

/// The kind of the qdisc that filters are at: `clsact`, `ingress`, or none.
fn qdisc(socket: &mut Socket, index: u32) -> Result<Option<String>, Refusal> {
    let answers = socket.dump(RTM_GETQDISC, Message::new(&header(index, 0, 0, 0)))?;
    let found = answers.iter().find(|(kind, body)| {
        *kind == RTM_NEWQDISC && member(body, 4) == index && member(body, 12) == CLSACT
    });
    let kind = found.and_then(|(_, body)| attribute(body.get(TCMSG..)?, TCA_KIND));
    Ok(kind.map(sys::text))
}

fn make_qdisc(socket: &mut Socket, index: u32) -> Result<(), Refusal> {
    let message = Message::new(&header(index, QDISC_HANDLE, CLSACT, 0)).with(TCA_KIND, b"clsact\0");
    socket.request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, message).map(drop)
}

/// Removes the qdisc if no filter is at it.
fn remove_empty_qdisc(socket: &mut Socket, index: u32) -> Result<(), Refusal> {
    for parent in [INGRESS, EGRESS] {
        if !filters(socket, index, parent)?.is_empty() {
            return Ok(());
        }
    }
    let message = Message::new(&header(index, QDISC_HANDLE, CLSACT, 0));
    socket.request(RTM_DELQDISC, 0, message).map(drop)
}

impl Program {
    /// Prepares to attach a `sched_cls` program as a filter of an interface's clsact qdisc, which
    /// is made if there is none, and goes again with the last filter of nbpfc's.
    ///
    /// The filter of the next priority runs if the program says `TC_ACT_UNSPEC` (-1). It survives a
    /// `kill -9`; see [`Plan`].
    ///
    /// # Errors
    /// [`AttachError::Occupied`] names a filter of the same priority, or a qdisc that excludes
    /// clsact.
    pub fn plan_clsact(&self, options: &ClsactOptions<'_>) -> Result<Plan, Error> {
        let interface = Interface::by_name(options.interface)?;
        let place = format!("{}, {}", interface.name, hook(options.direction));
        let failed = |refused: Refusal| refused.into_error(format!("ask about {place}"), "");
        let mut socket = Socket::open().map_err(|errno| failed(errno.into()))?;
        let kind = qdisc(&mut socket, interface.index).map_err(failed)?;
        if options.direction == Direction::Egress && kind.as_deref() == Some("ingress") {
            let holder = "a qdisc of kind ingress, which has no egress".to_owned();
            let help = format!("remove it: tc qdisc del dev {} ingress", interface.name);
            return Err(AttachError::Occupied { place, holder, help }.into());
        }
        let there =
            filters(&mut socket, interface.index, parent(options.direction)).map_err(failed)?;
        let priority = free_priority(&there, options.priority, &place)?;
        let other = match options.direction {
            Direction::Ingress => EGRESS,
            Direction::Egress => INGRESS,
        };
        let mut all = there;
        all.extend(filters(&mut socket, interface.index, other).map_err(failed)?);
        let owns_qdisc = match kind.as_deref() {
            None => true,
            Some(_) => all.iter().any(|filter| filter.name == NAME_WITH_QDISC),
        };
        let program = Self::from_id(self.info()?.id)?;
        let id = program.info()?.id;
        let direction = options.direction;
        let filter = Filter { interface, direction, priority, handle: HANDLE, owns_qdisc, id };
        Ok(Plan::new(PlannedFilter { filter, makes_qdisc: kind.is_none(), program }))
    }
}

fn free_priority(there: &[There], wanted: Option<u16>, place: &str) -> Result<u16, Error> {
    if let Some(wanted) = wanted {
        let holder = there.iter().filter(|filter| filter.priority == wanted);
        // The first entry of a priority may be what holds its filters together.
        return match holder.max_by_key(|filter| filter.program.is_some()) {
            None => Ok(wanted),
            Some(holder) => Err(AttachError::Occupied {
                place: format!("{place} at priority {wanted}"),
                holder: holder.describe(),
                help: "choose another --priority".to_owned(),
            }
            .into()),
        };
    }
    match there.iter().map(|filter| filter.priority).max() {
        None => Ok(FIRST_PRIORITY),
        Some(last) => last.checked_add(1).ok_or_else(|| {
            let holder = "a filter of the last priority, 65535".to_owned();
            let help = "choose a priority before it".to_owned();
            AttachError::Occupied { place: place.to_owned(), holder, help }.into()
        }),
    }
}

/// A filter of ours.
#[derive(Clone, Debug)]
struct Filter {
    interface: Interface,
    direction: Direction,
    priority: u16,
    handle: u32,
    /// Whether the qdisc goes when the last filter goes.
    owns_qdisc: bool,
    /// The program's number.
    id: u32,
}

pub(super) const KIND: &str = "filter";

impl Filter {
    fn place(&self) -> String {
        let Self { interface, direction, priority, .. } = self;
        format!("{}, {} by clsact, priority {priority}", interface.name, hook(*direction))
    }

    fn header(&self) -> [u8; TCMSG] {
        let parent = parent(self.direction);
        header(self.interface.index, self.handle, parent, info(self.priority))
    }

    /// Puts a program there: as a new filter with `NLM_F_CREATE | NLM_F_EXCL`, else instead of the
    /// one that is there.
    fn set(&self, socket: &mut Socket, program: &Program, flags: u16) -> Result<(), Refusal> {
        let mut name = if self.owns_qdisc { NAME_WITH_QDISC } else { NAME }.as_bytes().to_vec();
        name.push(0);
        let message = Message::new(&self.header()).with(TCA_KIND, b"bpf\0");
        let message = message.with_nested(TCA_OPTIONS, |message| {
            message
                .with_u32(TCA_BPF_FD, program.as_fd().as_raw_fd() as u32)
                .with(TCA_BPF_NAME, &name)
                .with_u32(TCA_BPF_FLAGS, DIRECT)
        });
        socket.request(RTM_NEWTFILTER, flags, message).map(drop)
    }

    fn is_there(&self, socket: &mut Socket) -> Result<bool, Refusal> {
        let there = filters(socket, self.interface.index, parent(self.direction))?;
        Ok(there.iter().any(|filter| {
            (filter.priority, filter.handle) == (self.priority, self.handle)
                && filter.program == Some(self.id)
        }))
    }

    /// Removes it, and the qdisc if it was the last; `false` if it was not there.
    fn remove(&self) -> Result<bool, Error> {
        let failed =
            |refused: Refusal| refused.into_error(format!("detach from {}", self.place()), "");
        let removed = Socket::open().map_err(Refusal::from).and_then(|mut socket| {
            let there = self.is_there(&mut socket)?;
            if there {
                let message = Message::new(&self.header()).with(TCA_KIND, b"bpf\0");
                socket.request(RTM_DELTFILTER, 0, message)?;
            }
            let index = self.interface.index;
            if self.owns_qdisc && qdisc(&mut socket, index)?.as_deref() == Some("clsact") {
                remove_empty_qdisc(&mut socket, index)?;
            }
            Ok(there)
        });
        match removed {
            // The interface is gone, and with it all that was there.
            Err(refused) if refused.errno == Errno::ENODEV => Ok(false),
            other => other.map_err(|refused| failed(refused).into()),
        }
    }

    fn record(&self) -> AttachRecord {
        AttachRecord::new(KIND, &self.interface)
            .with("hook", hook(self.direction))
            .with("priority", self.priority)
            .with("handle", self.handle)
            .with("qdisc", self.owns_qdisc)
            .with("program", self.id)
    }

    fn parse(record: &AttachRecord) -> Result<Self, Error> {
        let direction = match record.get::<String>("hook")?.as_str() {
            "tc.egress" => Direction::Egress,
            _ => Direction::Ingress,
        };
        Ok(Self {
            interface: record.interface()?,
            direction,
            priority: record.get("priority")?,
            handle: record.get("handle")?,
            owns_qdisc: record.get("qdisc")?,
            id: record.get("program")?,
        })
    }
}

pub(super) fn undo(record: &AttachRecord) -> Result<bool, Error> {
    Filter::parse(record)?.remove()
}

pub(super) fn is_there(record: &AttachRecord) -> Result<bool, Error> {
    let filter = Filter::parse(record)?;
    let there = Socket::open().map_err(Refusal::from).and_then(|mut s| filter.is_there(&mut s));
    there.map_err(|refused| refused.into_error(format!("ask about {}", filter.place()), "").into())
}

#[derive(Debug)]
struct PlannedFilter {
    filter: Filter,
    makes_qdisc: bool,
    program: Program,
}

impl Planned for PlannedFilter {
    fn carry_out(&mut self) -> Result<(), Error> {
        let place = self.filter.place();
        let failed = |refused: Refusal| {
            let help = match refused.errno {
                Errno::EEXIST => "somebody took this priority meanwhile: try again",
                Errno::ENOENT | Errno::EOPNOTSUPP => "the kernel needs clsact and cls_bpf",
                _ => "",
            };
            refused.into_error(format!("attach to {place}"), help)
        };
        let index = self.filter.interface.index;
        let mut socket = Socket::open().map_err(|errno| failed(errno.into()))?;
        if self.makes_qdisc {
            match make_qdisc(&mut socket, index) {
                Err(refused) if refused.errno == Errno::EEXIST => self.filter.owns_qdisc = false,
                result => result.map_err(failed)?,
            }
        }
        let made = self.filter.set(&mut socket, &self.program, NLM_F_CREATE | NLM_F_EXCL);
        if made.is_err() && self.filter.owns_qdisc {
            // The refusal that is told is that of the filter.
            let _ = remove_empty_qdisc(&mut socket, index);
        }
        Ok(made.map_err(failed)?)
    }
}

impl Attachment for PlannedFilter {
    fn means(&self) -> Means {
        Means::Netlink
    }

    fn replace(&mut self, program: &Program, expected: Option<&Program>) -> Result<(), Error> {
        let action = || format!("replace the program at {}", self.filter.place());
        let refused = |refused: Refusal| refused.into_error(action(), "");
        if let Some(expected) = expected
            && expected.info()?.id != self.filter.id
        {
            return Err(Error::Argument("another program than the expected one is attached"));
        }
        let new = Program::from_id(program.info()?.id)?;
        let mut socket = Socket::open().map_err(|errno| refused(errno.into()))?;
        if !self.filter.is_there(&mut socket).map_err(refused)? {
            return Err(refused(Errno::ENOENT.into()).into());
        }
        self.filter.set(&mut socket, &new, 0).map_err(refused)?;
        self.filter.id = new.info()?.id;
        self.program = new;
        Ok(())
    }

    fn detach(&mut self) -> Result<(), Error> {
        self.filter.remove().map(drop)
    }

    fn pin(&self, path: &Path) -> Result<(), Error> {
        self.program.pin(path)
    }

    fn place(&self) -> String {
        self.filter.place()
    }

    fn program_id(&self) -> Result<u32, Error> {
        Ok(self.filter.id)
    }

    fn record(&self) -> Option<AttachRecord> {
        Some(self.filter.record())
    }

    fn is_attached(&self) -> Result<bool, Error> {
        is_there(&self.filter.record())
    }
}

/// The filters of an interface's ingress or egress, in the order in which they run; those that are
/// no programs have none.
///
/// # Errors
/// [`AttachError`] of a name that there is not; the kernel's refusal.
pub fn attached(interface: &str, direction: Direction) -> Result<Vec<Attached>, Error> {
    let interface = Interface::by_name(interface)?;
    let failed = |refused: Refusal| refused.into_error(format!("ask about {}", interface.name), "");
    let mut socket = Socket::open().map_err(|errno| failed(errno.into()))?;
    let there = filters(&mut socket, interface.index, parent(direction)).map_err(failed)?;
    // What has handle 0 only holds the filters of its priority together.
    let attached = there.into_iter().filter(|filter| filter.handle != 0).map(|filter| Attached {
        hook: hook(direction),
        target: interface.name.clone(),
        detail: format!(
            "clsact, filter {}, priority {}, handle {:#x}",
            filter.kind, filter.priority, filter.handle
        ),
        means: Means::Netlink,
        program_id: filter.program,
        program_name: filter.program.map(name_of).unwrap_or_default(),
        link_id: None,
    });
    Ok(attached.collect())
}
