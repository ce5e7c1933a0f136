//! Where programs run, one row each.

use crate::context::{CONTEXTS, Context, ContextField, Field, Known, SK_BUFF, XDP_MD};
use crate::helper::Helper;
use crate::packet_type;
use crate::program_type::ProgramType;
use crate::version::Version;

/// What the packet begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The link-layer header.
    Link,
    /// The IP header.
    Network,
}

/// How a program reads packet bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Loads through `data`, bounded by `data_end`. What lies behind `data_end` (pages of an skb,
    /// fragments of an XDP buffer) is read by the helper, if there is one.
    Direct {
        /// The helper `(ctx, offset, to, len)` for bytes behind `data_end`.
        beyond: Option<&'static Helper>,
    },
    /// `LD_ABS` and `LD_IND`, which end the program with 0 where there is no such byte, or the
    /// helper `(ctx, offset, to, len)`.
    Absolute {
        /// The helper to use where ending with 0 is not wanted.
        helper: &'static Helper,
    },
}

/// How a [`Field`] is read on a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldSource {
    /// The 4-byte member of the context at this offset.
    Context(u16),
    /// `data_end - data`.
    Span,
    /// The result of a helper of one argument, the context.
    Call(&'static Helper),
    /// The same number always.
    Constant(u32),
}

/// What a program is attached to, which decides by which means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// An interface's XDP hook: a `bpf_link`, or `IFLA_XDP` over rtnetlink.
    Xdp,
    /// An interface's ingress or egress: tcx, or a filter of a clsact qdisc.
    Tc(Direction),
    /// One socket: `SO_ATTACH_BPF`. The program sees copies and changes no traffic.
    Socket,
    /// A cgroup, for the packets of the sockets in it.
    Cgroup(Direction),
    /// A route, as its encapsulation: `LWTUNNEL_ENCAP_BPF` over rtnetlink.
    Route,
}

/// The way of packets that a hook sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// They come in.
    Ingress,
    /// They go out.
    Egress,
}

impl Place {
    /// How programs get there, in a few words.
    pub const fn means(self) -> &'static str {
        match self {
            Self::Xdp => "an interface, by bpf_link or rtnetlink",
            Self::Tc(_) => "an interface, by tcx or a clsact qdisc",
            Self::Socket => "a socket, by SO_ATTACH_BPF",
            Self::Cgroup(_) => "a cgroup, by bpf_link",
            Self::Route => "a route, by rtnetlink",
        }
    }
}

/// A return value with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The UAPI name without its prefix, in lower case.
    pub name: &'static str,
    /// The number.
    pub value: u32,
}

/// One place that programs are attached to.
#[derive(Debug, PartialEq, Eq)]
pub struct Hook {
    /// nbpfc's name.
    pub name: &'static str,
    /// The kernel's program type.
    pub program_type: ProgramType,
    /// `enum bpf_attach_type` at load, where the kernel wants one.
    pub attach_type: Option<u32>,
    /// `prog_flags` at load.
    pub flags: u32,
    /// The ELF section that loaders know it by.
    pub section: &'static str,
    /// What programs are attached to.
    pub place: Place,
    /// What packets begin with.
    pub layer: Layer,
    /// What `r1` points to.
    pub context: &'static Context,
    /// How packet bytes are read.
    pub access: Access,
    /// The helper `(ctx, offset, from, len)`, with flags behind for an skb, that writes packet
    /// bytes where `data` does not lead to them; `None` if programs do not write packets
    /// (`may_access_direct_pkt_data` of the kernel's `kernel/bpf/verifier.c`).
    pub store: Option<&'static Helper>,
    /// How fields are read; what is not listed cannot be had.
    pub fields: &'static [(Field, FieldSource)],
    /// The verdicts, by name.
    pub verdicts: &'static [Verdict],
    /// The verdict that lets a packet go on.
    pub pass: u32,
    /// The verdict that ends its way.
    pub drop: u32,
    /// The first kernel that has it.
    pub since: Version,
}

impl Hook {
    /// The way of the packets that its programs see; `None` if they see both ways.
    pub const fn direction(&self) -> Option<Direction> {
        match (self.place, self.program_type) {
            (Place::Tc(direction) | Place::Cgroup(direction), _) => Some(direction),
            (Place::Xdp, _) | (Place::Route, ProgramType::LwtIn) => Some(Direction::Ingress),
            (Place::Route, _) => Some(Direction::Egress),
            (Place::Socket, _) => None,
        }
    }

    /// What a name of the library's declarations stands for on this hook: a [`Field`]'s, else that of a
    /// member of the context. `None` if its programs cannot read that.
    pub fn known(&self, name: &str) -> Option<Known> {
        if let Some(field) = Field::by_name(name) {
            return self.fields.iter().any(|(f, _)| *f == field).then_some(Known::Field(field));
        }
        let member = self.context.field(name)?;
        member.read.contains(&self.program_type).then_some(Known::Member(member))
    }

    /// Whose a packet is in test runs of the kernel, which come in by the loopback interface; its address
    /// is zero, and so are those in front of packets that begin with IP (`bpf_prog_test_run_skb`).
    pub fn tried_packet_type(&self, packet: &[u8]) -> u32 {
        match (self.program_type, self.layer) {
            // Nobody has asked yet.
            (ProgramType::Xdp, _) | (_, Layer::Network) => packet_type::HOST,
            (_, Layer::Link) => packet_type::of_loopback(packet),
        }
    }

    /// The words of the context that its programs write, by their offsets in bytes.
    pub fn written_words(&self) -> impl Iterator<Item = u16> + use<> {
        let (fields, program_type) = (self.context.fields.iter(), self.program_type);
        let written = fields.filter(move |field| field.written.contains(&program_type));
        written.flat_map(ContextField::words)
    }

    /// Whether any hook may have what [`Hook::known`] is asked for.
    pub fn is_known(name: &str) -> bool {
        Field::by_name(name).is_some() || CONTEXTS.iter().any(|all| all.field(name).is_some())
    }

    /// The hook with a name, or with one of the short names `tc`, `cgroup_skb` and `lwt`.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let name = match name {
            "tc" => "tc.ingress",
            "cgroup_skb" => "cgroup_skb.ingress",
            "lwt" => "lwt.in",
            other => other,
        };
        HOOKS.iter().find(|hook| hook.name == name)
    }
}

const fn verdict(name: &'static str, value: u32) -> Verdict {
    Verdict { name, value }
}

/// `enum xdp_action`.
const XDP_VERDICTS: &[Verdict] = &[
    verdict("aborted", 0),
    verdict("drop", 1),
    verdict("pass", 2),
    verdict("tx", 3),
    verdict("redirect", 4),
];
/// `TC_ACT_*`, `include/uapi/linux/pkt_cls.h`.
const TC_VERDICTS: &[Verdict] = &[
    verdict("ok", 0),
    verdict("shot", 2),
    verdict("stolen", 4),
    verdict("redirect", 7),
    verdict("trap", 8),
    verdict("unspec", u32::MAX),
];
const CGROUP_VERDICTS: &[Verdict] = &[verdict("deny", 0), verdict("allow", 1)];
/// `enum bpf_ret_code`.
const LWT_VERDICTS: &[Verdict] = &[verdict("ok", 0), verdict("drop", 2)];
/// Where packets may get other headers, by which they are routed anew (`BPF_LWT_REROUTE`).
const REROUTED_VERDICTS: &[Verdict] =
    &[verdict("ok", 0), verdict("drop", 2), verdict("reroute", 128)];
/// Of these hooks, the one whose packets may be redirected (`run_lwt_bpf` of `net/core/lwt_bpf.c`).
const XMIT_VERDICTS: &[Verdict] =
    &[verdict("ok", 0), verdict("drop", 2), verdict("redirect", 7), verdict("reroute", 128)];
/// What tcpdump asks a socket filter to keep: `MAXIMUM_SNAPLEN`.
const SOCKET_VERDICTS: &[Verdict] = &[verdict("drop", 0), verdict("keep", 262_144)];

const SKB_FIELDS: &[(Field, FieldSource)] = &[
    (Field::Length, FieldSource::Context(0)),
    (Field::PacketType, FieldSource::Context(4)),
    (Field::InterfaceIndex, FieldSource::Context(40)),
    (Field::VlanPresent, FieldSource::Context(20)),
    (Field::VlanTci, FieldSource::Context(24)),
];

const SKB_DIRECT: Access = Access::Direct { beyond: Some(&Helper::SKB_LOAD_BYTES) };

const TC: Hook = Hook {
    name: "tc.ingress",
    program_type: ProgramType::SchedCls,
    attach_type: None,
    flags: 0,
    section: "classifier",
    place: Place::Tc(Direction::Ingress),
    layer: Layer::Link,
    context: &SK_BUFF,
    access: SKB_DIRECT,
    store: Some(&Helper::SKB_STORE_BYTES),
    fields: SKB_FIELDS,
    verdicts: TC_VERDICTS,
    pass: 0,
    drop: 2,
    since: Version::new(4, 1),
};

const CGROUP_SKB: Hook = Hook {
    name: "cgroup_skb.ingress",
    program_type: ProgramType::CgroupSkb,
    attach_type: Some(0),
    section: "cgroup_skb/ingress",
    place: Place::Cgroup(Direction::Ingress),
    layer: Layer::Network,
    store: None,
    verdicts: CGROUP_VERDICTS,
    pass: 1,
    drop: 0,
    since: Version::new(4, 10),
    ..TC
};

const LWT: Hook = Hook {
    name: "lwt.in",
    program_type: ProgramType::LwtIn,
    section: "lwt_in",
    place: Place::Route,
    layer: Layer::Network,
    store: None,
    verdicts: REROUTED_VERDICTS,
    since: Version::new(4, 10),
    ..TC
};

/// Every hook.
pub static HOOKS: &[Hook] = &[
    Hook {
        name: "xdp",
        program_type: ProgramType::Xdp,
        // BPF_XDP
        attach_type: Some(37),
        flags: 0,
        section: "xdp",
        place: Place::Xdp,
        layer: Layer::Link,
        context: &XDP_MD,
        access: Access::Direct { beyond: None },
        store: Some(&Helper::XDP_STORE_BYTES),
        fields: &[
            (Field::Length, FieldSource::Span),
            (Field::InterfaceIndex, FieldSource::Context(12)),
            // XDP sees what comes in, before anybody asked whose it is.
            (Field::PacketType, FieldSource::Constant(0)),
        ],
        verdicts: XDP_VERDICTS,
        pass: 2,
        drop: 1,
        since: Version::new(4, 8),
    },
    Hook {
        name: "xdp.frags",
        program_type: ProgramType::Xdp,
        attach_type: Some(37),
        // BPF_F_XDP_HAS_FRAGS
        flags: 1 << 5,
        section: "xdp.frags",
        place: Place::Xdp,
        layer: Layer::Link,
        context: &XDP_MD,
        access: Access::Direct { beyond: Some(&Helper::XDP_LOAD_BYTES) },
        store: Some(&Helper::XDP_STORE_BYTES),
        fields: &[
            (Field::Length, FieldSource::Call(&Helper::XDP_GET_BUFF_LEN)),
            (Field::InterfaceIndex, FieldSource::Context(12)),
            (Field::PacketType, FieldSource::Constant(0)),
        ],
        verdicts: XDP_VERDICTS,
        pass: 2,
        drop: 1,
        since: Version::new(5, 18),
    },
    TC,
    Hook { name: "tc.egress", place: Place::Tc(Direction::Egress), ..TC },
    Hook {
        name: "socket",
        program_type: ProgramType::SocketFilter,
        section: "socket",
        place: Place::Socket,
        access: Access::Absolute { helper: &Helper::SKB_LOAD_BYTES },
        store: None,
        verdicts: SOCKET_VERDICTS,
        pass: 262_144,
        drop: 0,
        since: Version::new(3, 19),
        ..TC
    },
    CGROUP_SKB,
    Hook {
        name: "cgroup_skb.egress",
        attach_type: Some(1),
        section: "cgroup_skb/egress",
        place: Place::Cgroup(Direction::Egress),
        ..CGROUP_SKB
    },
    LWT,
    Hook {
        name: "lwt.out",
        program_type: ProgramType::LwtOut,
        section: "lwt_out",
        verdicts: LWT_VERDICTS,
        ..LWT
    },
    Hook {
        name: "lwt.xmit",
        program_type: ProgramType::LwtXmit,
        section: "lwt_xmit",
        verdicts: XMIT_VERDICTS,
        store: Some(&Helper::SKB_STORE_BYTES),
        ..LWT
    },
];
