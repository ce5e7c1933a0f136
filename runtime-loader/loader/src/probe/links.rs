//! Kinds of links: each is asked for with something that cannot be attached to, and a kernel that
//! has it complains about that.

use std::os::fd::{AsFd, AsRawFd};

use nbpfc_kernel::{ProgramType, Version};

use super::programs::{returning, smallest};
use super::refused;
use crate::errno::Errno;
use crate::error::Error;
use crate::program::{LoadOptions, Program};
use crate::sys::attach::{LinkCreate, create_link};
use crate::sys::namespace;

macro_rules! links {
    ($($(#[$doc:meta])* $name:ident = $major:literal . $minor:literal;)*) => {
        /// A kind of link.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum LinkKind {
            $($(#[$doc])* $name,)*
        }

        impl LinkKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The first kernel that has it; some builds leave it out.
            pub const fn since(self) -> Version {
                match self {
                    $(Self::$name => Version::new($major, $minor),)*
                }
            }
        }
    };
}

links! {
    /// To control groups.
    Cgroup = 5 . 7;
    /// To network namespaces.
    Namespace = 5 . 8;
    /// To interfaces, before an skb is made.
    Xdp = 5 . 9;
    /// To kprobes, uprobes, trace points and perf events.
    PerfEvent = 5 . 15;
    /// To netfilter's hooks.
    Netfilter = 6 . 4;
    /// To interfaces, at the place of traffic control.
    Tcx = 6 . 6;
    /// To netkit devices.
    Netkit = 6 . 7;
    /// To maps of sockets.
    Sockmap = 6 . 10;
}

/// A descriptor that is none, and an interface that is none.
const NOTHING: u32 = u32::MAX;
/// The loopback interface of a namespace.
const LOOPBACK: u32 = 1;
/// `XDP_FLAGS_SKB_MODE`
const GENERIC: u32 = 2;

pub(super) fn has(kind: LinkKind) -> Result<bool, Error> {
    // `enum bpf_attach_type`, and what a kernel says that has it.
    let (program_type, attach_type, says) = match kind {
        LinkKind::Cgroup => (ProgramType::CgroupSkb, 0, Errno::EBADF),
        LinkKind::Namespace => (ProgramType::FlowDissector, 17, Errno::EBADF),
        LinkKind::Xdp => (ProgramType::Xdp, 37, Errno::ENODEV),
        LinkKind::PerfEvent => (ProgramType::Tracepoint, 41, Errno::EBADF),
        LinkKind::Netfilter => (ProgramType::Netfilter, 45, Errno::EAFNOSUPPORT),
        LinkKind::Tcx => (ProgramType::SchedCls, 46, Errno::ENODEV),
        LinkKind::Netkit => (ProgramType::SchedCls, 54, Errno::ENODEV),
        LinkKind::Sockmap => (ProgramType::SkSkb, 38, Errno::EBADF),
    };
    let insns = returning(0);
    let options = smallest(program_type, &insns);
    // Older kernels take no attach type of trace points' programs, and do not need one.
    let attached = kind != LinkKind::PerfEvent;
    let options = LoadOptions { attach_type: attached.then_some(attach_type), ..options };
    let program = match Program::load(&options) {
        Ok(program) => program,
        Err(error) => return refused(error),
    };
    let prog_fd = program.as_fd().as_raw_fd() as u32;
    let attr = LinkCreate { prog_fd, target: NOTHING, attach_type, ..Default::default() };
    let result = match kind {
        // It says the same of an interface that is none and of a link that it does not have.
        LinkKind::Xdp => {
            let attr = LinkCreate { target: LOOPBACK, flags: GENERIC, ..attr };
            namespace::inside(move || create_link(attr)).map_err(|errno| {
                Error::from_errno("make a network namespace", errno, "CAP_SYS_ADMIN")
            })?
        }
        // A protocol family that is none.
        LinkKind::Netfilter => create_link(LinkCreate { target: 0, relative: 255, ..attr }),
        _ => create_link(attr),
    };
    match result {
        Ok(_) => Ok(true),
        Err(errno) if errno == says => Ok(true),
        Err(errno) => refused(Error::from_errno("make a link", errno, "CAP_NET_ADMIN")),
    }
}
