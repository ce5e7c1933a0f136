//! tc without a qdisc: tcx (Linux 6.6), several programs in an order that each loader chooses.

use std::os::fd::{AsFd, AsRawFd};

use nbpfc_kernel::Direction;

use super::attached::{Attached, name_of};
use super::order::Order;
use crate::attach_error::AttachError;
use crate::errno::Errno;
use crate::error::Error;
use crate::interface::Interface;
use crate::link::{BpfLink, Link, Means};
use crate::place::{TCX_EGRESS, TCX_INGRESS, hook_of};
use crate::program::Program;
use crate::sys::attach::{LinkCreate, ProgQuery, create_link};
use crate::sys::{self, Command};

/// The most programs at one place: `BPF_MPROG_MAX`.
const MOST: usize = 64;

/// Where to attach.
#[derive(Clone, Copy, Debug)]
pub struct TcxOptions<'a> {
    /// The interface's name.
    pub interface: &'a str,
    /// The way of the packets.
    pub direction: Direction,
    /// Where among the programs that are there.
    pub order: Order,
    /// What [`query::tcx`](super::query::tcx) said: if somebody attached or detached since, the
    /// kernel refuses with `ESTALE`. 0 for any.
    pub expected_revision: u64,
}

impl<'a> TcxOptions<'a> {
    /// Behind all others.
    pub fn new(interface: &'a str, direction: Direction) -> Self {
        Self { interface, direction, order: Order::Last, expected_revision: 0 }
    }
}

fn attach_type(direction: Direction) -> u32 {
    match direction {
        Direction::Ingress => TCX_INGRESS,
        Direction::Egress => TCX_EGRESS,
    }
}

impl Program {
    /// Attaches a `sched_cls` program to an interface's ingress or egress by a `bpf_link`.
    ///
    /// The next program runs if this one says `TC_ACT_UNSPEC` (-1); any other verdict is final.
    ///
    /// # Errors
    /// [`AttachError`]; on kernels before 6.6 with `EINVAL`.
    pub fn attach_tcx(&self, options: &TcxOptions<'_>) -> Result<Link, Error> {
        let interface = Interface::by_name(options.interface)?;
        let attach_type = attach_type(options.direction);
        let (flags, relative) = options.order.flags();
        let created = create_link(LinkCreate {
            prog_fd: self.as_fd().as_raw_fd() as u32,
            target: interface.index,
            attach_type,
            flags,
            relative,
            expected_revision: options.expected_revision,
            ..Default::default()
        });
        created.map(|fd| Link::new(BpfLink::new(fd))).map_err(|errno| {
            let help = match errno {
                Errno::ENOENT => "the program or link to go before or after is not there",
                Errno(libc::ESTALE) => "somebody attached or detached since: ask again",
                Errno(libc::ERANGE) => "64 programs are there already",
                Errno::EINVAL => {
                    "tcx needs Linux 6.6 and a sched_cls program; without it use clsact"
                }
                _ => "",
            };
            let action = format!("attach to {}, {} by tcx", interface.name, hook_of(attach_type));
            AttachError::refused(action, errno, "", help).into()
        })
    }
}

/// The programs at an interface's ingress or egress by tcx, in the order in which they run, and
/// the revision to expect when attaching.
///
/// # Errors
/// The kernel's refusal: `EINVAL` before Linux 6.6.
pub fn attached(interface: &str, direction: Direction) -> Result<(Vec<Attached>, u64), Error> {
    let interface = Interface::by_name(interface)?;
    let attach_type = attach_type(direction);
    let (mut programs, mut links) = ([0_u32; MOST], [0_u32; MOST]);
    let mut attr = ProgQuery {
        target: interface.index,
        attach_type,
        prog_ids: sys::address_mut(&mut programs),
        link_ids: sys::address_mut(&mut links),
        prog_cnt: MOST as u32,
        ..Default::default()
    };
    // SAFETY: both arrays have room for `prog_cnt` numbers and are ours alone.
    match unsafe { sys::bpf(Command::ProgQuery, &mut attr) } {
        // ENOENT: nobody was ever there.
        Ok(_) | Err(Errno::ENOENT) => {}
        Err(errno) => return Err(Error::from_errno("ask tcx", errno, "CAP_NET_ADMIN")),
    }
    let numbers = programs.into_iter().zip(links).take_while(|(program, _)| *program != 0);
    let attached = numbers.map(|(program, link)| Attached {
        hook: hook_of(attach_type),
        target: interface.name.clone(),
        detail: "tcx".to_owned(),
        means: if link == 0 { Means::ProgAttach } else { Means::BpfLink },
        program_id: Some(program),
        program_name: name_of(program),
        link_id: (link != 0).then_some(link),
    });
    Ok((attached.collect(), attr.revision))
}
