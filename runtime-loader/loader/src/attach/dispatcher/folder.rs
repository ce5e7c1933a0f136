//! Where the programs of a dispatcher have their names: `xdp/dispatch-INTERFACE-PROGRAM` in a BPF
//! file system, with `progN-link` and `progN-prog` for each.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::config::MOST;
use crate::bpffs;
use crate::errno::Errno;
use crate::error::Error;
use crate::link::{Attachment, BpfLink};
use crate::program::Program;

/// The folder of all dispatchers.
#[derive(Clone, Debug)]
pub(super) struct Root(PathBuf);

impl Root {
    /// That of a BPF file system; made if need be.
    pub(super) fn open(bpffs: &Path) -> Result<Self, Error> {
        if !bpffs::is_there(bpffs) {
            return Err(Error::Argument(
                "sharing an interface needs a BPF file system, by which libxdp's programs know of \
                 each other: mount -t bpf bpf /sys/fs/bpf",
            ));
        }
        let folder = bpffs.join("xdp");
        match make(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(failed("make a folder for dispatchers", &error))
            }
            _ => Ok(Self(folder)),
        }
    }

    /// Keeps every other user of dispatchers waiting, until the value is dropped.
    pub(super) fn lock(&self) -> Result<File, Error> {
        let folder = File::open(&self.0).and_then(|folder| folder.lock().map(|()| folder));
        folder.map_err(|error| failed("lock the folder of dispatchers", &error))
    }

    /// The folder of one.
    pub(super) fn of(&self, interface: u32, program: u32) -> Folder {
        Folder(self.0.join(format!("dispatch-{interface}-{program}")))
    }
}

impl Root {
    /// Removes what names a program of an interface, but for the dispatcher that is attached.
    pub(super) fn forget(&self, interface: u32, program: u32, attached: Option<u32>) {
        let prefix = format!("dispatch-{interface}-");
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(&prefix)?.parse().ok());
            let folder = Folder(entry.path());
            let is_here = |index| {
                let named = Program::open(&folder.program(index)).and_then(|named| named.info());
                named.is_ok_and(|named| named.id == program)
            };
            if number.is_some() && number != attached && (0..MOST).any(is_here) {
                folder.remove();
            }
        }
    }
}

fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

fn failed(action: &'static str, error: &io::Error) -> Error {
    let errno = Errno(error.raw_os_error().unwrap_or(libc::EINVAL));
    Error::from_errno(action, errno, "CAP_BPF and a BPF file system")
}

/// The folder of one dispatcher.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    fn link(&self, index: usize) -> PathBuf {
        self.0.join(format!("prog{index}-link"))
    }

    fn program(&self, index: usize) -> PathBuf {
        self.0.join(format!("prog{index}-prog"))
    }

    /// The programs, in the order in which they run.
    pub(super) fn programs(&self, count: usize) -> Result<Vec<Program>, Error> {
        (0..count).map(|index| Program::open(&self.program(index))).collect()
    }

    /// Gives every program and link its name, all or none.
    pub(super) fn fill(&self, members: &[(&Program, BpfLink)]) -> Result<(), Error> {
        make(&self.0).map_err(|error| failed("make a dispatcher's folder", &error))?;
        let pinned = members.iter().enumerate().try_for_each(|(index, (program, link))| {
            link.pin(&self.link(index))?;
            program.pin(&self.program(index))
        });
        if pinned.is_err() {
            self.remove();
        }
        pinned
    }

    /// Takes the names away; what is missing is no matter.
    pub(super) fn remove(&self) {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        for entry in entries {
            let _ = fs::remove_file(entry.path());
        }
        let _ = fs::remove_dir(&self.0);
    }
}
