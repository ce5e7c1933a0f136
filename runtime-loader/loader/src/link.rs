//! Links: a program that is attached, until its handle is dropped or for good.

use std::fmt;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use crate::attach_error::AttachError;
use crate::attach_record::AttachRecord;
use crate::errno::Errno;
use crate::error::Error;
use crate::place::CGROUP;
use crate::program::{Program, c_path};
use crate::sys::attach::{LinkDetach, LinkInfo, LinkUpdate};
use crate::sys::{self, Command};

/// `BPF_F_REPLACE`: the old program must be the one named.
const REPLACE: u32 = 4;

/// By what a program is attached, which decides what becomes of it when the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Means {
    /// A `bpf_link`: it goes with the last descriptor and pin, also by `kill -9`.
    BpfLink,
    /// rtnetlink: it stays until somebody removes it.
    Netlink,
    /// `BPF_PROG_ATTACH`: it stays until somebody removes it, or the cgroup is removed.
    ProgAttach,
    /// A socket's option: it goes with the socket.
    SocketOption,
}

/// How one kind of attachment is changed and ended.
pub(crate) trait Attachment: fmt::Debug + Send {
    fn means(&self) -> Means;
    /// Puts another program there at once. With `expected`, only if that one is there now.
    fn replace(&mut self, program: &Program, expected: Option<&Program>) -> Result<(), Error>;
    fn detach(&mut self) -> Result<(), Error>;
    /// Pins what can be pinned: the link, or where there is none the program.
    fn pin(&self, path: &Path) -> Result<(), Error>;
    /// Where it is, such as `eth0, XDP in native mode`.
    fn place(&self) -> String;
    /// The program's number.
    fn program_id(&self) -> Result<u32, Error>;
    /// The link's number, where there is a link.
    fn link_id(&self) -> Option<u32> {
        None
    }
    /// How another process can end it, where no link does.
    fn record(&self) -> Option<AttachRecord> {
        None
    }
    /// Whether it is still there.
    fn is_attached(&self) -> Result<bool, Error> {
        Ok(true)
    }
}

/// An attached program. Dropping it detaches, unless it was pinned or kept.
#[derive(Debug)]
pub struct Link {
    attachment: Box<dyn Attachment>,
    kept: bool,
}

impl Link {
    pub(crate) fn new(attachment: impl Attachment + 'static) -> Self {
        Self::of(Box::new(attachment))
    }

    pub(crate) fn of(attachment: Box<dyn Attachment>) -> Self {
        Self { attachment, kept: false }
    }

    /// The link that is pinned at a path. Dropping the handle leaves it attached.
    ///
    /// # Errors
    /// The kernel's refusal if there is none, or something else.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |errno| Error::from_errno("open a pinned link", errno, "CAP_BPF");
        let link = BpfLink { fd: sys::open_pinned(&c_path(path)?).map_err(failed)? };
        link.info()?;
        Ok(Self { attachment: Box::new(link), kept: true })
    }

    /// By what it is attached.
    pub fn means(&self) -> Means {
        self.attachment.means()
    }

    /// Where it is, in words, such as `eth0, XDP in native mode`.
    pub fn place(&self) -> String {
        self.attachment.place()
    }

    /// The kernel's number for the program that is attached now.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn program_id(&self) -> Result<u32, Error> {
        self.attachment.program_id()
    }

    /// The kernel's number for the link; `None` where the means is none.
    pub fn id(&self) -> Option<u32> {
        self.attachment.link_id()
    }

    /// How another process can end it; `None` where it goes with the process, or with the pin.
    pub fn record(&self) -> Option<AttachRecord> {
        self.attachment.record()
    }

    /// Whether it is still there: it goes with its interface or cgroup.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn is_attached(&self) -> Result<bool, Error> {
        self.attachment.is_attached()
    }

    /// Puts another program in its place, at once: each packet meets the old or the new one.
    ///
    /// # Errors
    /// The kernel's refusal; the old program then stays.
    pub fn replace(&mut self, program: &Program) -> Result<(), Error> {
        self.attachment.replace(program, None)
    }

    /// As [`Link::replace`], but only if `expected` is what is attached now.
    ///
    /// # Errors
    /// The kernel's refusal, `EPERM` or `EEXIST` if it is another; the old program then stays.
    pub fn replace_expected(&mut self, program: &Program, expected: &Program) -> Result<(), Error> {
        self.attachment.replace(program, Some(expected))
    }

    /// Gives it a name in a BPF file system, by which it stays when the process ends. What is
    /// pinned is the link; of attachments without one ([`Link::means`]) the program, which stays
    /// attached in any case.
    ///
    /// # Errors
    /// The kernel's refusal; the link is then as it was.
    pub fn pin(&mut self, path: &Path) -> Result<(), Error> {
        self.attachment.pin(path)?;
        self.kept = true;
        Ok(())
    }

    /// Lets dropping the handle not detach. A `bpf_link` without pin goes nevertheless.
    pub fn keep(&mut self) {
        self.kept = true;
    }

    /// Detaches now, and says so if that fails. Pins are not removed.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn detach(mut self) -> Result<(), Error> {
        self.kept = true;
        self.attachment.detach()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody is there to be told. What is gone already (a removed interface) is no matter.
            let _ = self.attachment.detach();
        }
    }
}

/// A `bpf_link` of any kind.
#[derive(Debug)]
pub(crate) struct BpfLink {
    fd: OwnedFd,
}

impl BpfLink {
    pub(crate) fn new(fd: OwnedFd) -> Self {
        Self { fd }
    }

    /// The number of the first link that this is true of; `None` if this process may not look.
    pub(crate) fn find(is_it: impl Fn(&LinkInfo) -> bool) -> Option<u32> {
        let mut last = 0;
        loop {
            let mut attr = sys::ById { id: last, ..Default::default() };
            // SAFETY: the structure holds no pointers; the kernel sets a number in it.
            unsafe { sys::bpf(Command::LinkGetNextId, &mut attr) }.ok()?;
            last = attr.next_id;
            let mut attr = sys::ById { id: last, ..Default::default() };
            // SAFETY: the structure holds no pointers; the command makes a descriptor.
            let link = match unsafe { sys::bpf_fd(Command::LinkGetFdById, &mut attr) } {
                Ok(fd) => Self::new(fd),
                // Links come and go meanwhile.
                Err(Errno::ENOENT) => continue,
                Err(_) => return None,
            };
            if link.info().is_ok_and(|info| is_it(&info)) {
                return Some(last);
            }
        }
    }

    pub(crate) fn info(&self) -> Result<LinkInfo, Error> {
        let mut info = LinkInfo::default();
        let mut attr = sys::ObjGetInfo {
            bpf_fd: self.fd.as_raw_fd() as u32,
            info_len: size_of::<LinkInfo>() as u32,
            info: std::ptr::from_mut(&mut info) as u64,
        };
        // SAFETY: `info` points to `info_len` writable bytes of integers; what the kernel takes for
        // pointers in it is zero.
        unsafe { sys::bpf(Command::ObjGetInfoByFd, &mut attr) }
            .map_err(|errno| Error::from_errno("ask about a link", errno, "CAP_BPF"))?;
        Ok(info)
    }
}

impl Attachment for BpfLink {
    fn means(&self) -> Means {
        Means::BpfLink
    }

    fn replace(&mut self, program: &Program, expected: Option<&Program>) -> Result<(), Error> {
        let mut attr = LinkUpdate {
            link_fd: self.fd.as_raw_fd() as u32,
            new_prog_fd: program.as_fd().as_raw_fd() as u32,
            flags: if expected.is_some() { REPLACE } else { 0 },
            old_prog_fd: expected.map_or(0, |old| old.as_fd().as_raw_fd() as u32),
        };
        // SAFETY: the structure holds no pointers.
        unsafe { sys::bpf(Command::LinkUpdate, &mut attr) }.map(drop).map_err(|errno| {
            let help = "the new program must be of the old one's type and attach type";
            let action = format!("replace the program at {}", self.place());
            let help = match (errno, expected) {
                (Errno::EPERM, Some(_)) => "another program than the expected one is attached",
                (Errno::ENOENT | Errno::ENODEV | Errno(libc::ENOLINK), _) => "it was detached",
                _ => help,
            };
            let (message, help) = (String::new(), help.to_owned());
            AttachError::Refused { action, errno, message, help }.into()
        })
    }

    fn detach(&mut self) -> Result<(), Error> {
        let mut attr = LinkDetach { link_fd: self.fd.as_raw_fd() as u32 };
        // SAFETY: the structure holds no pointers.
        match unsafe { sys::bpf(Command::LinkDetach, &mut attr) } {
            // Before 5.9 closing the descriptor is the only way.
            Ok(_) | Err(Errno::EINVAL | Errno::EOPNOTSUPP) => Ok(()),
            Err(errno) => Err(Error::from_errno("detach a link", errno, "CAP_NET_ADMIN")),
        }
    }

    fn pin(&self, path: &Path) -> Result<(), Error> {
        sys::pin(self.fd.as_fd(), &c_path(path)?).map_err(|errno| {
            Error::from_errno("pin a link", errno, "CAP_BPF and a BPF file system")
        })
    }

    fn place(&self) -> String {
        self.info().map_or_else(|error| error.to_string(), |info| crate::place::of_link(&info))
    }

    fn program_id(&self) -> Result<u32, Error> {
        Ok(self.info()?.prog_id)
    }

    fn link_id(&self) -> Option<u32> {
        self.info().ok().map(|info| info.id)
    }

    fn is_attached(&self) -> Result<bool, Error> {
        let info = self.info()?;
        Ok(info.target != 0 || info.second != 0 && info.link_type == CGROUP)
    }
}
