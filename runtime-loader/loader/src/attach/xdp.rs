//! XDP: one program of an interface, before the kernel makes an skb of a packet.

use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

use super::attached::{Attached, holders, name_of};
use crate::attach_error::AttachError;
use crate::attach_record::AttachRecord;
use crate::errno::Errno;
use crate::error::Error;
use crate::interface::Interface;
use crate::link::{Attachment, BpfLink, Link, Means};
use crate::netlink::{Message, Refusal, Socket, attribute, number};
use crate::place::ATTACH_XDP;
use crate::program::Program;
use crate::sys::attach::{LinkCreate, create_link};

const RTM_GETLINK: u16 = 18;
const RTM_SETLINK: u16 = 19;
const IFINFO: usize = 16;
const IFLA_XDP: u16 = 43;
const IFLA_XDP_FD: u16 = 1;
const IFLA_XDP_FLAGS: u16 = 3;
const IFLA_XDP_EXPECTED_FD: u16 = 8;
/// `XDP_FLAGS_*`.
const IF_NOEXIST: u32 = 1;
const REPLACE: u32 = 16;

/// Who runs the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum XdpMode {
    /// The driver if it can, else the kernel.
    #[default]
    Auto,
    /// The driver.
    Native,
    /// The kernel, after it made an skb: slower, on every interface.
    Generic,
    /// The network card; the program must have been loaded for it.
    Offload,
}

impl XdpMode {
    /// In lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Native => "native",
            Self::Generic => "generic",
            Self::Offload => "offload",
        }
    }

    /// `XDP_FLAGS_*_MODE`.
    const fn flag(self) -> u32 {
        match self {
            Self::Auto => 0,
            Self::Generic => 2,
            Self::Native => 4,
            Self::Offload => 8,
        }
    }
}

/// Where and how to attach.
#[derive(Clone, Copy, Debug)]
pub struct XdpOptions<'a> {
    /// The interface's name.
    pub interface: &'a str,
    /// Who is to run the program.
    pub mode: XdpMode,
    /// The program that is there now, attached by netlink, and is to be replaced; `None` if there
    /// must be none.
    pub instead_of: Option<&'a Program>,
    /// By netlink even where there are links; it then survives a `kill -9`.
    pub without_link: bool,
}

impl<'a> XdpOptions<'a> {
    /// In the mode that the driver can, on an interface without a program.
    pub fn new(interface: &'a str) -> Self {
        Self { interface, mode: XdpMode::Auto, instead_of: None, without_link: false }
    }
}

impl Program {
    /// Attaches an `xdp` program to an interface.
    ///
    /// By a `bpf_link` (Linux 5.9), else by netlink. The latter survives a `kill -9`:
    /// [`query::xdp`](super::query::xdp) finds it, `ip link set dev … xdp off` removes it.
    ///
    /// # Errors
    /// [`AttachError::Occupied`] names the program that is there: none is ever replaced silently.
    /// [`AttachError::Refused`] says what the driver lacks.
    pub fn attach_xdp(&self, options: &XdpOptions<'_>) -> Result<Link, Error> {
        let interface = Interface::by_name(options.interface)?;
        let first = self.attach_xdp_in(&interface, options, options.mode);
        match &first {
            // The driver has XDP, but not for this program or this interface as it is set up.
            Err(Error::Attach(AttachError::Refused { errno, .. }))
                if options.mode == XdpMode::Auto && *errno != Errno::EPERM =>
            {
                self.attach_xdp_in(&interface, options, XdpMode::Generic).or(first)
            }
            _ => first,
        }
    }

    fn attach_xdp_in(
        &self,
        interface: &Interface,
        options: &XdpOptions<'_>,
        mode: XdpMode,
    ) -> Result<Link, Error> {
        if !options.without_link && options.instead_of.is_none() {
            let created = create_link(LinkCreate {
                prog_fd: self.as_fd().as_raw_fd() as u32,
                target: interface.index,
                attach_type: ATTACH_XDP,
                flags: mode.flag(),
                ..Default::default()
            });
            match created {
                Ok(fd) => return Ok(Link::new(BpfLink::new(fd))),
                Err(errno @ (Errno::EBUSY | Errno::EEXIST | Errno::EPERM)) => {
                    return Err(refusal(interface, mode, errno.into()));
                }
                // No links for XDP, or a reason that netlink has words for.
                Err(_) => {}
            }
        }
        let program = Self::from_id(self.info()?.id)?;
        let failed = |refused: Refusal| refusal(interface, mode, refused);
        let mut socket = Socket::open().map_err(|errno| failed(errno.into()))?;
        let (flags, old) = match options.instead_of {
            Some(old) => (REPLACE, Some(old)),
            None => (IF_NOEXIST, None),
        };
        set(&mut socket, interface, mode.flag() | flags, Some(&program), old).map_err(failed)?;
        Ok(Link::new(NetlinkXdp { socket, interface: interface.clone(), mode, program }))
    }
}

/// Sets, replaces or removes an interface's program.
fn set(
    socket: &mut Socket,
    interface: &Interface,
    flags: u32,
    program: Option<&Program>,
    old: Option<&Program>,
) -> Result<(), Refusal> {
    let descriptor = |program: &Program| program.as_fd().as_raw_fd() as u32;
    let message = Message::new(&header(interface)).with_nested(IFLA_XDP, |message| {
        let message = message
            .with_u32(IFLA_XDP_FD, program.map_or(u32::MAX, descriptor))
            .with_u32(IFLA_XDP_FLAGS, flags);
        match old {
            Some(old) => message.with_u32(IFLA_XDP_EXPECTED_FD, descriptor(old)),
            None => message,
        }
    });
    socket.request(RTM_SETLINK, 0, message).map(drop)
}

/// Puts `program` where `old` is, or where nothing is; `EEXIST` or `EBUSY` if something else is there.
pub(super) fn swap(
    interface: &Interface,
    mode: XdpMode,
    program: Option<&Program>,
    old: Option<&Program>,
) -> Result<(), Error> {
    let failed = |refused: Refusal| refusal(interface, mode, refused);
    let mut socket = Socket::open().map_err(|errno| failed(errno.into()))?;
    let flags = if old.is_some() { REPLACE } else { IF_NOEXIST };
    set(&mut socket, interface, mode.flag() | flags, program, old).map_err(failed)
}

/// `struct ifinfomsg`.
fn header(interface: &Interface) -> [u8; IFINFO] {
    let mut header = [0; IFINFO];
    header[4..8].copy_from_slice(&interface.index.to_ne_bytes());
    header
}

fn refusal(interface: &Interface, mode: XdpMode, refused: Refusal) -> Error {
    let place = interface.name.clone();
    if matches!(refused.errno, Errno::EBUSY | Errno::EEXIST) {
        let there = attached(&place).unwrap_or_default();
        if !there.is_empty() {
            let help = "an interface has one XDP program: detach it, or share the interface by \
                        libxdp's dispatcher";
            let (holder, help) = (holders(&there), help.to_owned());
            return AttachError::Occupied { place: format!("{place}, XDP,"), holder, help }.into();
        }
    }
    let help = match (refused.errno, mode) {
        (Errno::EOPNOTSUPP | Errno::EINVAL, XdpMode::Offload) => {
            "the card must take BPF programs and this one must be loaded for it; try native mode"
        }
        (Errno::EOPNOTSUPP, XdpMode::Native) => {
            "the interface's driver has no XDP; generic mode works on every interface"
        }
        (Errno(libc::ERANGE), _) => {
            "packets of this MTU lie in several pages: use hook xdp.frags or a smaller MTU"
        }
        (_, XdpMode::Native) => "generic mode may work",
        _ => "",
    };
    refused.into_error(format!("attach to {place} by XDP in {} mode", mode.name()), help).into()
}

/// A program that netlink attached.
#[derive(Debug)]
struct NetlinkXdp {
    socket: Socket,
    interface: Interface,
    mode: XdpMode,
    program: Program,
}

impl NetlinkXdp {
    /// Puts `program` where `old` is.
    fn swap(&mut self, program: Option<&Program>, old: &Program) -> Result<(), Error> {
        let flags = self.mode.flag();
        let swapped =
            match set(&mut self.socket, &self.interface, flags | REPLACE, program, Some(old)) {
                // Before 5.7 nothing can be expected.
                Err(refused) if refused.errno == Errno::EINVAL => {
                    set(&mut self.socket, &self.interface, flags, program, None)
                }
                result => result,
            };
        swapped.map_err(|refused| refusal(&self.interface, self.mode, refused))
    }
}

impl Attachment for NetlinkXdp {
    fn means(&self) -> Means {
        Means::Netlink
    }

    fn replace(&mut self, program: &Program, expected: Option<&Program>) -> Result<(), Error> {
        let new = Program::from_id(program.info()?.id)?;
        let old = Program::from_id(expected.unwrap_or(&self.program).info()?.id)?;
        self.swap(Some(&new), &old)?;
        self.program = new;
        Ok(())
    }

    fn detach(&mut self) -> Result<(), Error> {
        let own = Program::from_id(self.program.info()?.id)?;
        self.swap(None, &own)
    }

    fn pin(&self, path: &Path) -> Result<(), Error> {
        self.program.pin(path)
    }

    fn place(&self) -> String {
        format!("{}, XDP in {} mode", self.interface.name, self.mode.name())
    }

    fn program_id(&self) -> Result<u32, Error> {
        Ok(self.program.info()?.id)
    }

    fn record(&self) -> Option<AttachRecord> {
        let record = AttachRecord::new(KIND, &self.interface).with("mode", self.mode.name());
        self.program.info().ok().map(|info| record.with("program", info.id))
    }

    fn is_attached(&self) -> Result<bool, Error> {
        self.record().map_or(Ok(false), |record| is_there(&record))
    }
}

pub(super) const KIND: &str = "xdp";

pub(super) fn undo(record: &AttachRecord) -> Result<bool, Error> {
    if !is_there(record)? {
        return Ok(false);
    }
    let name: String = record.get("mode")?;
    let modes = [XdpMode::Native, XdpMode::Generic, XdpMode::Offload];
    let mode = modes.into_iter().find(|mode| mode.name() == name).unwrap_or_default();
    let failed =
        |errno: Errno| Refusal::from(errno).into_error("end an attachment to XDP".to_owned(), "");
    let socket = Socket::open().map_err(failed)?;
    let program = Program::from_id(record.get("program")?)?;
    let interface = record.interface()?;
    NetlinkXdp { socket, interface, mode, program }.detach().map(|()| true)
}

pub(super) fn is_there(record: &AttachRecord) -> Result<bool, Error> {
    let program: u32 = record.get("program")?;
    let interface = record.interface()?;
    let all = Interface::all()?;
    if !all.iter().any(|other| other.index == interface.index) {
        return Ok(false);
    }
    Ok(of_interface(&interface)?.iter().any(|there| there.program_id == Some(program)))
}

/// The programs of an interface, by mode; a card's and the driver's may both be there.
///
/// # Errors
/// [`AttachError`] of a name that there is not; the kernel's refusal.
pub fn attached(interface: &str) -> Result<Vec<Attached>, Error> {
    of_interface(&Interface::by_name(interface)?)
}

fn of_interface(interface: &Interface) -> Result<Vec<Attached>, Error> {
    let attached = programs(interface)?.into_iter().map(|(mode, program)| Attached {
        hook: "xdp",
        target: interface.name.clone(),
        detail: format!("{} mode", mode.name()),
        means: Means::Netlink,
        program_id: Some(program),
        program_name: name_of(program),
        link_id: None,
    });
    Ok(attached.collect())
}

/// The programs of an interface in words, for errors.
pub(super) fn holders_of(interface: &Interface) -> String {
    holders(&of_interface(interface).unwrap_or_default())
}

/// The numbers of an interface's programs.
pub(super) fn programs(interface: &Interface) -> Result<Vec<(XdpMode, u32)>, Error> {
    let failed = |refused: Refusal| refused.into_error(format!("ask about {}", interface.name), "");
    let mut socket = Socket::open().map_err(|errno| failed(errno.into()))?;
    let answers =
        socket.request(RTM_GETLINK, 0, Message::new(&header(interface))).map_err(failed)?;
    let attributes = answers.first().and_then(|(_, body)| body.get(IFINFO..)).unwrap_or_default();
    let xdp = attribute(attributes, IFLA_XDP).unwrap_or_default();
    // IFLA_XDP_DRV_PROG_ID and the two behind it.
    let modes = [(5, XdpMode::Native), (6, XdpMode::Generic), (7, XdpMode::Offload)];
    let programs = modes.into_iter().filter_map(|(kind, mode)| {
        let program = attribute(xdp, kind).and_then(number).filter(|id| *id != 0)?;
        Some((mode, program))
    });
    Ok(programs.collect())
}
