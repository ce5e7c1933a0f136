//! cgroups (version 2): the packets of the sockets in one and below.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use nbpfc_kernel::Direction;

use super::attached::{Attached, holders, name_of};
use super::order::Order;
use crate::attach_error::AttachError;
use crate::errno::Errno;
use crate::error::Error;
use crate::link::{Attachment, BpfLink, Link, Means};
use crate::place::{CGROUP, CGROUP_EGRESS, CGROUP_INGRESS, hook_of};
use crate::program::Program;
use crate::sys::attach::{LinkCreate, ProgAttach, ProgQuery, create_link};
use crate::sys::{self, Command};

/// `BPF_F_ALLOW_MULTI`: beside others, `BPF_F_REPLACE`: instead of one of them.
const MULTI: u32 = 2;
const REPLACE: u32 = 4;
/// The most programs at one cgroup: `BPF_CGROUP_MAX_PROGS`.
const MOST: usize = 64;

/// Where to attach.
#[derive(Clone, Copy, Debug)]
pub struct CgroupOptions<'a> {
    /// The cgroup's folder, such as `/sys/fs/cgroup/web`.
    pub path: &'a Path,
    /// The way of the packets.
    pub direction: Direction,
    /// Where among the programs that are there; `None` for behind them, which every kernel can.
    /// Only links can be named, and only a link gets a place beside them (Linux 6.17).
    pub order: Option<Order>,
    /// By `BPF_PROG_ATTACH` even where there are links; it then survives a `kill -9`.
    pub without_link: bool,
}

impl<'a> CgroupOptions<'a> {
    /// By a link, where the kernel has that.
    pub fn new(path: &'a Path, direction: Direction) -> Self {
        Self { path, direction, order: None, without_link: false }
    }
}

fn attach_type(direction: Direction) -> u32 {
    match direction {
        Direction::Ingress => CGROUP_INGRESS,
        Direction::Egress => CGROUP_EGRESS,
    }
}

fn open(path: &Path) -> Result<OwnedFd, Error> {
    let folder = File::open(path).map_err(|error| {
        let errno = Errno(error.raw_os_error().unwrap_or(libc::EINVAL));
        let help = match std::fs::read_to_string("/proc/mounts") {
            Ok(mounts) => mounts
                .lines()
                .find(|line| line.split(' ').nth(2) == Some("cgroup2"))
                .and_then(|line| line.split(' ').nth(1))
                .map_or("no cgroup2 file system is mounted".to_owned(), |root| {
                    format!("cgroups are below {root}")
                }),
            Err(_) => String::new(),
        };
        AttachError::refused(format!("open cgroup {}", path.display()), errno, "", &help)
    })?;
    Ok(folder.into())
}

impl Program {
    /// Attaches a `cgroup_skb` program beside those that are there. All of them run; one that
    /// denies is enough.
    ///
    /// By a `bpf_link` (Linux 5.7), else by `BPF_PROG_ATTACH`: the latter survives a `kill -9`,
    /// until [`query::cgroup`](super::query::cgroup) finds it or the cgroup is removed.
    ///
    /// # Errors
    /// [`AttachError`], such as of a path that is no cgroup, or of one whose program suffers no
    /// others.
    pub fn attach_cgroup(&self, options: &CgroupOptions<'_>) -> Result<Link, Error> {
        let folder = open(options.path)?;
        let attach_type = attach_type(options.direction);
        let (flags, relative) = options.order.map_or((0, 0), Order::flags);
        if flags != 0 && !self.has_order(attach_type) {
            let action = format!("choose a place among the programs of {}", options.path.display());
            let help = "this kernel runs a cgroup's programs in the order in which they were \
                        attached, before Linux 6.17";
            return Err(AttachError::refused(action, Errno::EINVAL, "", help).into());
        }
        let by_link = if options.without_link {
            Err(Errno::EINVAL)
        } else {
            create_link(LinkCreate {
                prog_fd: self.as_fd().as_raw_fd() as u32,
                target: folder.as_raw_fd() as u32,
                attach_type,
                flags,
                relative,
                ..Default::default()
            })
        };
        let failed = |errno| refusal(options, attach_type, errno);
        match by_link {
            Ok(fd) => Ok(Link::new(BpfLink::new(fd))),
            Err(Errno::EINVAL) if flags == 0 => {
                let program = Program::from_id(self.info()?.id)?;
                attach(&folder, attach_type, MULTI, &program, None).map_err(failed)?;
                let place = format!("{}, {}", options.path.display(), hook_of(attach_type));
                Ok(Link::new(CgroupProgram { folder, attach_type, program, place }))
            }
            Err(errno) => Err(failed(errno)),
        }
    }

    /// Whether the kernel lets programs of cgroups choose their place: it looks at that before it
    /// looks at the cgroup, which is none here.
    fn has_order(&self, attach_type: u32) -> bool {
        let created = create_link(LinkCreate {
            prog_fd: self.as_fd().as_raw_fd() as u32,
            target: u32::MAX,
            attach_type,
            flags: Order::First.flags().0,
            ..Default::default()
        });
        matches!(created, Err(Errno::EBADF))
    }
}

fn refusal(options: &CgroupOptions<'_>, attach_type: u32, errno: Errno) -> Error {
    let place = format!("{}, {}", options.path.display(), hook_of(attach_type));
    let holders_there = attached(options.path, options.direction).unwrap_or_default();
    if errno == Errno::EPERM && !holders_there.is_empty() {
        let holder = holders(&holders_there);
        let help = "it was attached so that it suffers no others".to_owned();
        return AttachError::Occupied { place, holder, help }.into();
    }
    let help = match errno {
        Errno::ENOENT if options.order.is_some() => "the link to go before or after is not there",
        Errno::EINVAL | Errno::EBADF => "the path must be a folder of a cgroup2 file system",
        _ => "",
    };
    AttachError::refused(format!("attach to {place}"), errno, "", help).into()
}

fn attach(
    folder: &OwnedFd,
    attach_type: u32,
    attach_flags: u32,
    program: &Program,
    old: Option<&Program>,
) -> Result<(), Errno> {
    let mut attr = ProgAttach {
        target: folder.as_raw_fd() as u32,
        attach_bpf_fd: program.as_fd().as_raw_fd() as u32,
        attach_type,
        attach_flags,
        replace_bpf_fd: old.map_or(0, |old| old.as_fd().as_raw_fd() as u32),
    };
    // SAFETY: the structure holds no pointers.
    unsafe { sys::bpf(Command::ProgAttach, &mut attr) }.map(drop)
}

/// A program at a cgroup without a link.
#[derive(Debug)]
struct CgroupProgram {
    folder: OwnedFd,
    attach_type: u32,
    program: Program,
    place: String,
}

impl Attachment for CgroupProgram {
    fn means(&self) -> Means {
        Means::ProgAttach
    }

    fn replace(&mut self, program: &Program, expected: Option<&Program>) -> Result<(), Error> {
        let old = expected.unwrap_or(&self.program);
        let new = Program::from_id(program.info()?.id)?;
        let flags = MULTI | REPLACE;
        attach(&self.folder, self.attach_type, flags, &new, Some(old)).map_err(|errno| {
            let action = format!("replace the program at {}", self.place);
            AttachError::refused(action, errno, "", "")
        })?;
        self.program = new;
        Ok(())
    }

    fn detach(&mut self) -> Result<(), Error> {
        let mut attr = ProgAttach {
            target: self.folder.as_raw_fd() as u32,
            attach_bpf_fd: self.program.as_fd().as_raw_fd() as u32,
            attach_type: self.attach_type,
            ..Default::default()
        };
        // SAFETY: the structure holds no pointers.
        unsafe { sys::bpf(Command::ProgDetach, &mut attr) }.map(drop).map_err(|errno| {
            AttachError::refused(format!("detach from {}", self.place), errno, "", "").into()
        })
    }

    fn pin(&self, path: &Path) -> Result<(), Error> {
        self.program.pin(path)
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    fn program_id(&self) -> Result<u32, Error> {
        Ok(self.program.info()?.id)
    }
}

/// The programs at a cgroup itself in the order in which they run, those of the cgroups above left
/// out.
///
/// # Errors
/// The kernel's refusal.
pub fn attached(path: &Path, direction: Direction) -> Result<Vec<Attached>, Error> {
    let folder = open(path)?;
    let attach_type = attach_type(direction);
    let mut programs = [0_u32; MOST];
    let mut attr = ProgQuery {
        target: folder.as_raw_fd() as u32,
        attach_type,
        prog_ids: sys::address_mut(&mut programs),
        prog_cnt: MOST as u32,
        ..Default::default()
    };
    // SAFETY: the array has room for `prog_cnt` numbers and is ours alone.
    unsafe { sys::bpf(Command::ProgQuery, &mut attr) }
        .map_err(|errno| Error::from_errno("ask a cgroup", errno, "CAP_NET_ADMIN"))?;
    let programs = programs.into_iter().take(attr.prog_cnt as usize);
    let attached = programs.map(|program| {
        // The kernel tells programs alone.
        let link_id = BpfLink::find(|info| {
            info.link_type == CGROUP && info.prog_id == program && info.third == attach_type
        });
        Attached {
            hook: hook_of(attach_type),
            target: path.display().to_string(),
            detail: String::new(),
            means: if link_id.is_some() { Means::BpfLink } else { Means::ProgAttach },
            program_id: Some(program),
            program_name: name_of(program),
            link_id,
        }
    });
    Ok(attached.collect())
}
