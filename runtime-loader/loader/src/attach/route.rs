//! Routes: a program as a route's lightweight tunnel (`LWTUNNEL_ENCAP_BPF`, ip-route(8)).

mod found;

use std::fmt::Write as _;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

use nbpfc_kernel::ProgramType;

use self::found::{Found, all};
use crate::attach_error::AttachError;
use crate::attach_record::AttachRecord;
use crate::errno::Errno;
use crate::error::Error;
use crate::interface::Interface;
use crate::link::{Attachment, Means};
use crate::netlink::{Refusal, Socket};
use crate::plan::{Plan, Planned};
use crate::prefix::Prefix;
use crate::program::Program;

const RTM_NEWROUTE: u16 = 24;
const NLM_F_REPLACE: u16 = 0x100;
const RTA_ENCAP_TYPE: u16 = 21;
const RTA_ENCAP: u16 = 22;
/// `LWTUNNEL_ENCAP_BPF`.
const ENCAP_BPF: u16 = 6;
const LWT_BPF_IN: u16 = 1;
const LWT_BPF_OUT: u16 = 2;
const LWT_BPF_XMIT: u16 = 3;
const LWT_BPF_PROG_FD: u16 = 1;
const LWT_BPF_PROG_NAME: u16 = 2;

/// Which route.
#[derive(Clone, Copy, Debug)]
pub struct RouteOptions<'a> {
    /// Where it leads.
    pub prefix: Prefix,
    /// The interface that it goes through, where several routes lead there.
    pub interface: Option<&'a str>,
}

impl Program {
    /// Prepares to attach a program of a `lwt_*` type to a route that is there: the route is
    /// replaced by the same one with the program, at once, and by itself without it in the end. It
    /// survives a `kill -9`; see [`Plan`].
    ///
    /// # Errors
    /// [`AttachError::Route`] if there is no such route, or one that cannot be replaced without loss.
    /// [`AttachError::Occupied`] if it has an encapsulation already.
    pub fn plan_route(&self, options: &RouteOptions<'_>) -> Result<Plan, Error> {
        let hook = hook(self.program_type())?;
        let prefix = options.prefix;
        let failed = |refused: Refusal| refused.into_error("list routes".to_owned(), "");
        let wanted = options.interface.map(Interface::by_name).transpose()?;
        let mut socket = Socket::open().map_err(|errno| failed(errno.into()))?;
        let there = all(&mut socket, prefix).map_err(failed)?;
        let found = choose(&there, options.prefix, wanted.as_ref())?;
        let index = found.interface().unwrap_or(0);
        let interface = Interface { index, name: Interface::name_of(index) };
        let program = Self::from_id(self.info()?.id)?;
        let id = program.info()?.id;
        let route = Route { interface, prefix, hook, id, original: found.clone() };
        Ok(Plan::new(PlannedRoute { route, program }))
    }
}

/// The attribute that holds a program of this type, and the name of its hook.
fn hook(kind: ProgramType) -> Result<(u16, &'static str), Error> {
    match kind {
        ProgramType::LwtIn => Ok((LWT_BPF_IN, "lwt.in")),
        ProgramType::LwtOut => Ok((LWT_BPF_OUT, "lwt.out")),
        ProgramType::LwtXmit => Ok((LWT_BPF_XMIT, "lwt.xmit")),
        _ => Err(Error::Argument("routes take programs of the types lwt_in, lwt_out, lwt_xmit")),
    }
}

/// The route that is meant, if it can be replaced and restored without loss.
fn choose<'a>(
    there: &'a [Found],
    prefix: Prefix,
    interface: Option<&Interface>,
) -> Result<&'a Found, Error> {
    let refuse =
        |message: String| Err(AttachError::Route { prefix: prefix.to_string(), message }.into());
    let same: Vec<&Found> = there.iter().filter(|found| found.leads_to(prefix)).collect();
    let fits = |found: &&&Found| interface.is_none_or(|i| found.interface() == Some(i.index));
    let mut candidates: Vec<&Found> = same.iter().filter(fits).copied().collect();
    if candidates.len() > 1 && candidates.iter().any(|found| found.is_main()) {
        candidates.retain(|found| found.is_main());
    }
    let list = |routes: &[&Found]| {
        let all: Vec<_> = routes.iter().map(|route| route.describe()).collect();
        all.join("; ")
    };
    let found = match candidates[..] {
        [found] => found,
        [] if !same.is_empty() => {
            return refuse(format!("none through that interface; there is {}", list(&same)));
        }
        [] => {
            let shown = there.iter().filter(|route| route.is_main()).take(8).map(Found::describe);
            let shown = shown.collect::<Vec<_>>().join("; ");
            let others = if shown.is_empty() { "no others" } else { &shown };
            return refuse(format!("there is no such route; there are {others}"));
        }
        _ => {
            let message = format!(
                "there are several, name the interface of one with --attach: {}",
                list(&candidates)
            );
            return refuse(message);
        }
    };
    if let Some(reason) = found.obstacle() {
        return refuse(reason);
    }
    if same.iter().filter(|other| other.is_replaced_with(found)).count() > 1 {
        let message = "several share table, TOS and metric, of which the kernel replaces the \
                       first: give this one a metric of its own";
        return refuse(message.to_owned());
    }
    if let Some(holder) = found.encapsulation() {
        let help = "detach that, or remove it from the route".to_owned();
        return Err(AttachError::Occupied { place: format!("route {prefix}"), holder, help }.into());
    }
    Ok(found)
}

/// A route with a program of ours.
#[derive(Clone, Debug)]
struct Route {
    interface: Interface,
    prefix: Prefix,
    hook: (u16, &'static str),
    /// The program's number.
    id: u32,
    /// The route as it was.
    original: Found,
}

pub(super) const KIND: &str = "route";

impl Route {
    fn place(&self) -> String {
        format!("route {} dev {}, {}", self.prefix, self.interface.name, self.hook.1)
    }

    /// What the kernel shows of the program: of an encapsulation it tells the name alone.
    fn label(&self) -> String {
        format!("nbpfc-{}", self.id)
    }

    fn set(&self, socket: &mut Socket, program: Option<&Program>) -> Result<(), Refusal> {
        let mut message = self.original.message();
        if let Some(program) = program {
            let mut label = self.label().into_bytes();
            label.push(0);
            message = message.with(RTA_ENCAP_TYPE, &ENCAP_BPF.to_ne_bytes()).with_nested(
                RTA_ENCAP,
                |message| {
                    message.with_nested(self.hook.0, |message| {
                        message
                            .with_u32(LWT_BPF_PROG_FD, program.as_fd().as_raw_fd() as u32)
                            .with(LWT_BPF_PROG_NAME, &label)
                    })
                },
            );
        }
        socket.request(RTM_NEWROUTE, NLM_F_REPLACE, message).map(drop)
    }

    fn is_there(&self, socket: &mut Socket) -> Result<bool, Refusal> {
        let label = self.label();
        let there = all(socket, self.prefix)?;
        Ok(there.iter().any(|found| {
            found.leads_to(self.prefix)
                && found.is_replaced_with(&self.original)
                && found.interface() == Some(self.interface.index)
                && found.program() == Some(&label)
        }))
    }

    /// Puts the route there as it was; `false` if it was not there with the program.
    fn restore(&self) -> Result<bool, Error> {
        let restored = Socket::open().map_err(Refusal::from).and_then(|mut socket| {
            let there = self.is_there(&mut socket)?;
            if there {
                self.set(&mut socket, None)?;
            }
            Ok(there)
        });
        restored
            .map_err(|refused| refused.into_error(format!("restore {}", self.place()), "").into())
    }

    fn record(&self) -> AttachRecord {
        let mut original = String::new();
        for byte in self.original.bytes() {
            let _ = write!(original, "{byte:02x}");
        }
        AttachRecord::new(KIND, &self.interface)
            .with("prefix", self.prefix)
            .with("hook", self.hook.1)
            .with("program", self.id)
            .with("original", original)
    }

    fn parse(record: &AttachRecord) -> Result<Self, Error> {
        let hook = match record.get::<String>("hook")?.as_str() {
            "lwt.in" => hook(ProgramType::LwtIn),
            "lwt.out" => hook(ProgramType::LwtOut),
            _ => hook(ProgramType::LwtXmit),
        };
        let digits: String = record.get("original")?;
        let byte = |at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
        let original = bytes.and_then(|bytes| Found::parse(&bytes));
        Ok(Self {
            interface: record.interface()?,
            prefix: record.get("prefix")?,
            hook: hook?,
            id: record.get("program")?,
            original: original.ok_or(Error::Argument("this is no record of a route"))?,
        })
    }
}

pub(super) fn undo(record: &AttachRecord) -> Result<bool, Error> {
    Route::parse(record)?.restore()
}

pub(super) fn is_there(record: &AttachRecord) -> Result<bool, Error> {
    let route = Route::parse(record)?;
    let there = Socket::open().map_err(Refusal::from).and_then(|mut s| route.is_there(&mut s));
    there.map_err(|refused| refused.into_error(format!("ask about {}", route.place()), "").into())
}

#[derive(Debug)]
struct PlannedRoute {
    route: Route,
    program: Program,
}

impl PlannedRoute {
    fn set(&self, action: &str) -> Result<(), Error> {
        let failed = |refused: Refusal| {
            let help = match refused.errno {
                Errno::ENOENT => "the route is gone",
                Errno::EOPNOTSUPP => "the kernel has no BPF for routes (CONFIG_LWTUNNEL_BPF)",
                _ => "",
            };
            refused.into_error(format!("{action} {}", self.route.place()), help)
        };
        let mut socket = Socket::open().map_err(|errno| failed(errno.into()))?;
        Ok(self.route.set(&mut socket, Some(&self.program)).map_err(failed)?)
    }
}

impl Planned for PlannedRoute {
    fn carry_out(&mut self) -> Result<(), Error> {
        self.set("attach to")
    }
}

impl Attachment for PlannedRoute {
    fn means(&self) -> Means {
        Means::Netlink
    }

    fn replace(&mut self, program: &Program, expected: Option<&Program>) -> Result<(), Error> {
        if let Some(expected) = expected
            && expected.info()?.id != self.route.id
        {
            return Err(Error::Argument("another program than the expected one is attached"));
        }
        if !self.is_attached()? {
            let action = format!("replace the program at {}", self.place());
            return Err(Refusal::from(Errno::ENOENT).into_error(action, "it is gone").into());
        }
        let hook = hook(program.program_type())?;
        let program = Program::from_id(program.info()?.id)?;
        let route = Route { hook, id: program.info()?.id, ..self.route.clone() };
        let new = Self { route, program };
        new.set("replace the program at")?;
        *self = new;
        Ok(())
    }

    fn detach(&mut self) -> Result<(), Error> {
        self.route.restore().map(drop)
    }

    fn pin(&self, path: &Path) -> Result<(), Error> {
        self.program.pin(path)
    }

    fn place(&self) -> String {
        self.route.place()
    }

    fn program_id(&self) -> Result<u32, Error> {
        Ok(self.route.id)
    }

    fn record(&self) -> Option<AttachRecord> {
        Some(self.route.record())
    }

    fn is_attached(&self) -> Result<bool, Error> {
        is_there(&self.route.record())
    }
}
