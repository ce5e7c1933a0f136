//! Where a filter is attached, and by which means.

use std::fmt;
use std::os::fd::AsFd;
use std::path::Path;

use nbpfc_driver::{Direction, Filter, Hook, Place as Kind};
use nbpfc_loader::{
    CgroupOptions, ClsactOptions, DispatcherVersion, Errno, Error, Interface, Link, Order,
    PacketSocket, Plan, Prefix, Program, RouteOptions, SharedOptions, Sharing, TcxOptions, XdpMode,
    XdpOptions, query,
};

use crate::args::{AttachArgs, Mode};
use crate::failure::Failure;
use crate::guard::Guard;
use crate::mount;

/// What to attach to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    Interface(&'a str),
    Cgroup(&'a Path),
    /// A route, and the interface that it goes through.
    Route(Prefix, Option<&'a str>),
}

impl<'a> Place<'a> {
    /// The place that the command line names.
    pub(crate) fn of(args: &'a AttachArgs) -> Option<Self> {
        let interface = args.interface.as_deref();
        match (args.route, &args.cgroup) {
            (Some(prefix), _) => Some(Self::Route(prefix, interface)),
            (None, Some(path)) => Some(Self::Cgroup(path)),
            (None, None) => interface.map(Self::Interface),
        }
    }
}

impl Place<'_> {
    /// The netmask of the interface, where that has an address.
    pub(crate) fn netmask(&self) -> Option<u32> {
        match self {
            Self::Interface(name) => Interface::by_name(name).ok()?.netmask().ok()?,
            Self::Cgroup(_) | Self::Route(..) => None,
        }
    }

    /// In words that mean the same in another folder.
    pub(crate) fn anywhere(&self) -> String {
        match self {
            Self::Cgroup(path) => match path.canonicalize() {
                Ok(path) => path.display().to_string(),
                Err(_) => self.to_string(),
            },
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interface(name) => f.write_str(name),
            Self::Cgroup(path) => path.display().fmt(f),
            Self::Route(prefix, None) => write!(f, "{prefix}"),
            Self::Route(prefix, Some(interface)) => write!(f, "{prefix} dev {interface}"),
        }
    }
}

/// What is attached; dropping it detaches.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) link: Link,
    /// Where the filter is the socket's, which is never read.
    _socket: Option<PacketSocket>,
    /// Where it would survive a kill -9.
    pub(crate) guard: Option<Guard>,
}

impl Attached {
    fn new(link: Link) -> Self {
        Self { link, _socket: None, guard: None }
    }

    /// Carries a plan out, watched.
    fn watched(plan: Plan) -> Result<Self, Failure> {
        let guard = plan.record().as_ref().map(Guard::watching).transpose()?;
        let link = plan.carry_out().map_err(|error| failed(&error))?;
        Ok(Self { guard, ..Self::new(link) })
    }
}

fn failed(error: &Error) -> Failure {
    Failure::Message(error.to_string())
}

fn message(text: String) -> Result<(), Failure> {
    Err(Failure::Message(text))
}

/// Refuses what means nothing on a hook.
pub(crate) fn check(hook: &Hook, place: Place<'_>, args: &AttachArgs) -> Result<(), Failure> {
    let name = hook.name;
    let wanted = match (hook.place, place) {
        (Kind::Xdp | Kind::Tc(_) | Kind::Socket, Place::Interface(_))
        | (Kind::Cgroup(_), Place::Cgroup(_))
        | (Kind::Route, Place::Route(..)) => None,
        (Kind::Cgroup(_), _) => Some("a cgroup: --cgroup PATH"),
        (Kind::Route, _) => Some("a route: --route PREFIX"),
        (_, Place::Cgroup(_)) => Some(
            "an interface: --attach INTERFACE; for a cgroup choose --hook cgroup_skb.ingress or \
             cgroup_skb.egress",
        ),
        (_, Place::Route(..)) => Some(
            "an interface: --attach INTERFACE; for a route choose --hook lwt.in, lwt.out or \
             lwt.xmit",
        ),
    };
    if let Some(wanted) = wanted {
        return message(format!("programs of hook {name} are attached to {wanted}"));
    }
    let modes: &[Mode] = match hook.place {
        Kind::Xdp => &[Mode::Auto, Mode::Native, Mode::Generic, Mode::Offload],
        Kind::Tc(_) => &[Mode::Auto, Mode::Tcx, Mode::Clsact],
        _ => &[],
    };
    if let Some(mode) = args.mode.filter(|mode| !modes.contains(mode)) {
        let word = |mode: &Mode| format!("{mode:?}").to_lowercase();
        let there = modes.iter().map(word).collect::<Vec<_>>().join(", ");
        let text = match modes {
            [] => format!("programs of hook {name} are attached by one means, without --mode"),
            _ => format!("hook {name} has no mode {}; it has {there}", word(&mode)),
        };
        return message(text);
    }
    if args.share && hook.place != Kind::Xdp {
        return message(format!("--share is for XDP; programs of hook {name} need none"));
    }
    if args.share && args.mode == Some(Mode::Offload) {
        return message("a card runs one program, which cannot be shared".to_owned());
    }
    if args.priority.is_some() && !matches!(hook.place, Kind::Xdp | Kind::Tc(_) | Kind::Cgroup(_)) {
        return message(format!("programs of hook {name} have no priority"));
    }
    if args.pin.is_some() && hook.place == Kind::Socket {
        let text = "a socket's filter goes with the socket, and that with this process: it cannot \
                    be pinned";
        return message(text.to_owned());
    }
    Ok(())
}

/// A place in a dispatcher for a program of this name, if it is to be one of several.
pub(crate) fn sharing(
    hook: &Hook,
    place: Place<'_>,
    name: &str,
    args: &AttachArgs,
) -> Result<Option<Sharing>, Failure> {
    let (Kind::Xdp, Place::Interface(interface)) = (hook.place, place) else { return Ok(None) };
    let joins = args.mode != Some(Mode::Offload)
        && Sharing::is_used(interface).map_err(|error| failed(&error))?;
    if !args.share && !joins {
        return match args.priority {
            None => Ok(None),
            Some(_) => Err(Failure::Message(
                "an interface's only XDP program has no priority; --share makes it one of several"
                    .to_owned(),
            )),
        };
    }
    mount::ensure(&args.bpffs.path)?;
    let defaults = SharedOptions::new(interface);
    let options = SharedOptions {
        mode: xdp_mode(args),
        bpffs: &args.bpffs.path,
        priority: args.priority.map_or(defaults.priority, u32::from),
        has_frags: hook.name == "xdp.frags",
        version: DispatcherVersion::installed().unwrap_or_default(),
        ..defaults
    };
    Sharing::begin(&options, name).map(Some).map_err(|error| failed(&error))
}

fn xdp_mode(args: &AttachArgs) -> XdpMode {
    match args.mode {
        Some(Mode::Native) => XdpMode::Native,
        Some(Mode::Generic) => XdpMode::Generic,
        Some(Mode::Offload) => XdpMode::Offload,
        _ => XdpMode::Auto,
    }
}

/// Attaches a program to a place that [`check`] accepted, loaded for a dispatcher if it is shared.
pub(crate) fn attach(
    program: &Program,
    filter: &Filter,
    place: Place<'_>,
    sharing: Option<Sharing>,
    args: &AttachArgs,
) -> Result<Attached, Failure> {
    if let Some(sharing) = sharing {
        return Attached::watched(sharing.plan(program).map_err(|error| failed(&error))?);
    }
    let or_failed =
        |result: Result<Link, Error>| result.map(Attached::new).map_err(|error| failed(&error));
    match (filter.target.hook.place, place) {
        (Kind::Xdp, Place::Interface(name)) => attach_xdp(program, name, args),
        (Kind::Tc(direction), Place::Interface(name)) => attach_tc(program, name, direction, args),
        (Kind::Socket, Place::Interface(name)) => {
            let attached = PacketSocket::open(name).and_then(|packets| {
                let link = program.attach_socket(packets.as_fd())?;
                packets.listen()?;
                Ok(Attached { _socket: Some(packets), ..Attached::new(link) })
            });
            attached.map_err(|error| failed(&error))
        }
        (Kind::Cgroup(direction), Place::Cgroup(path)) => {
            let order = args.priority.map(|priority| cgroup_order(path, direction, priority));
            let options =
                CgroupOptions { order: order.transpose()?, ..CgroupOptions::new(path, direction) };
            or_failed(program.attach_cgroup(&options))
        }
        (Kind::Route, Place::Route(prefix, interface)) => {
            let plan = program.plan_route(&RouteOptions { prefix, interface });
            Attached::watched(plan.map_err(|error| failed(&error))?)
        }
        _ => Err(Failure::bug(&"this place is not one of the hook's")),
    }
}

/// The place at a cgroup that a priority means, 1 being the first.
fn cgroup_order(path: &Path, direction: Direction, priority: u16) -> Result<Order, Failure> {
    if priority == 1 {
        return Ok(Order::First);
    }
    let there = query::cgroup(path, direction).map_err(|error| failed(&error))?;
    match there.get(usize::from(priority) - 1) {
        None => Ok(Order::Last),
        Some(next) => next.link_id.map(Order::BeforeLink).ok_or_else(|| {
            let id = next.program_id.unwrap_or_default();
            Failure::Message(format!(
                "program {id}, which has place {priority}, was attached without a link, and the \
                 kernel puts nothing before it alone; --priority 1 goes before all"
            ))
        }),
    }
}

fn attach_xdp(program: &Program, name: &str, args: &AttachArgs) -> Result<Attached, Failure> {
    let mode = xdp_mode(args);
    let link = program.attach_xdp(&XdpOptions { mode, ..XdpOptions::new(name) });
    let link = link.map_err(|error| failed(&error))?;
    // Before Linux 5.9 there is no link. Until here a kill -9 would leave the program there.
    let guard = link.record().as_ref().map(Guard::watching).transpose()?;
    Ok(Attached { guard, ..Attached::new(link) })
}

fn attach_tc(
    program: &Program,
    name: &str,
    direction: Direction,
    args: &AttachArgs,
) -> Result<Attached, Failure> {
    let there = match (args.mode, query::tcx(name, direction)) {
        (Some(Mode::Clsact), _) => None,
        // No tcx before Linux 6.6.
        (None | Some(Mode::Auto), Err(error)) if error.errno() == Some(Errno::EINVAL) => None,
        (_, Err(error)) => return Err(failed(&error)),
        (_, Ok(there)) => Some(there),
    };
    let Some((there, revision)) = there else {
        let options =
            ClsactOptions { priority: args.priority, ..ClsactOptions::new(name, direction) };
        let plan = program.plan_clsact(&options).map_err(|error| failed(&error))?;
        return Attached::watched(plan);
    };
    let mut options = TcxOptions::new(name, direction);
    if let Some(priority) = args.priority {
        let next = there.get(usize::from(priority) - 1).and_then(|next| next.program_id);
        options.order = next.map_or(Order::Last, Order::BeforeProgram);
        options.expected_revision = revision;
    }
    program.attach_tcx(&options).map(Attached::new).map_err(|error| failed(&error))
}
