//! The structures that programs get a pointer to (`include/uapi/linux/bpf.h`).
//!
//! Which program types may read and write a member stands in the kernel's `*_is_valid_access`
//! functions (`net/core/filter.c`); a test asks the running kernel for each.

use crate::program_type::ProgramType::{
    self, CgroupSkb, LwtIn, LwtOut, LwtXmit, SchedCls, SocketFilter, Xdp,
};
use crate::version::Version;

/// One member of a context structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContextField {
    /// The UAPI name.
    pub name: &'static str,
    /// Bytes from the start of the structure.
    pub offset: u16,
    /// Bytes of one element.
    pub size: u8,
    /// How many elements; 1 for what is not an array.
    pub count: u8,
    /// How many bytes from its start are a number in network order; 0 for the machine's order.
    pub network: u8,
    /// How many bits the kernel keeps of a number that is stored there.
    pub kept: u8,
    /// The greatest number that is stored: of others the kernel takes no notice.
    pub greatest: u64,
    /// Whether test runs of the kernel take it (`convert___skb_to_skb` and `xdp_convert_md_to_buff` of
    /// `net/bpf/test_run.c`) and give it back.
    pub tried: bool,
    /// The types of program that may read it whole as a number.
    pub read: &'static [ProgramType],
    /// Those that may write it.
    pub written: &'static [ProgramType],
    /// The first kernel that has it.
    pub since: Version,
}

impl ContextField {
    const fn since(self, major: u16, minor: u16) -> Self {
        Self { since: Version::new(major, minor), ..self }
    }

    const fn read(self, read: &'static [ProgramType]) -> Self {
        Self { read, ..self }
    }

    const fn written(self, written: &'static [ProgramType]) -> Self {
        Self { written, ..self }
    }

    const fn network(self, network: u8) -> Self {
        Self { network, ..self }
    }

    const fn tried(self) -> Self {
        Self { tried: true, ..self }
    }

    /// The kernel has a `__u16` for it.
    const fn short(self) -> Self {
        Self { kept: 16, ..self }
    }

    const fn up_to(self, greatest: u64) -> Self {
        Self { greatest, ..self }
    }

    /// Not a number: a pointer that the verifier gives a meaning of its own.
    const fn pointer(self) -> Self {
        self.read(&[])
    }

    /// Where its words of 32 bits are, in bytes from the start of the structure.
    pub fn words(&self) -> impl Iterator<Item = u16> + use<> {
        let bytes = u16::from(self.size) * u16::from(self.count);
        (self.offset..self.offset + bytes).step_by(4)
    }

    /// How many bytes are its own, of all its elements.
    pub const fn bytes(&self) -> u8 {
        if self.network > 0 { self.network } else { self.size * self.count }
    }
}

/// A context structure as programs see it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Context {
    /// The UAPI name of the structure.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: u16,
    /// Its members in order.
    pub fields: &'static [ContextField],
}

impl Context {
    /// What stands at an offset in bytes: a member's name, with the number of the word in it if it has
    /// several.
    pub fn name_at(&self, at: u16) -> String {
        let word = |field: &ContextField| field.words().position(|word| word == at);
        let found = self.fields.iter().find_map(|field| Some((field, word(field)?)));
        match found {
            Some((field, _)) if field.words().count() == 1 => field.name.to_owned(),
            Some((field, word)) => format!("{}[{word}]", field.name),
            None => format!("byte {at}"),
        }
    }

    /// The member with a name, if there is one.
    pub fn field(&self, name: &str) -> Option<&'static ContextField> {
        self.fields.iter().find(|field| field.name == name)
    }
}

const fn field(name: &'static str, offset: u16, size: u8, count: u8) -> ContextField {
    let since = Version::new(3, 19);
    ContextField {
        name,
        offset,
        size,
        count,
        network: 0,
        kept: size * 8,
        greatest: u64::MAX,
        tried: false,
        read: SKB,
        written: &[],
        since,
    }
}

const fn word(name: &'static str, offset: u16) -> ContextField {
    field(name, offset, 4, 1)
}

const fn words(name: &'static str, offset: u16, count: u8) -> ContextField {
    field(name, offset, 4, count)
}

const fn long(name: &'static str, offset: u16) -> ContextField {
    field(name, offset, 8, 1)
}

const SKB: &[ProgramType] = &[SocketFilter, SchedCls, CgroupSkb, LwtIn, LwtOut, LwtXmit];
const NOT_SOCKET: &[ProgramType] = &[SchedCls, CgroupSkb, LwtIn, LwtOut, LwtXmit];
const TC: &[ProgramType] = &[SchedCls];
const CGROUP: &[ProgramType] = &[CgroupSkb];
const TIMES: &[ProgramType] = &[SchedCls, CgroupSkb];
const XDP: &[ProgramType] = &[Xdp];

/// `struct xdp_md`.
pub static XDP_MD: Context = Context {
    name: "xdp_md",
    size: 24,
    fields: &[
        word("data", 0).pointer().since(4, 8),
        word("data_end", 4).pointer().since(4, 8),
        word("data_meta", 8).pointer().since(4, 15),
        word("ingress_ifindex", 12).tried().read(XDP).since(4, 16),
        word("rx_queue_index", 16).tried().read(XDP).since(4, 16),
        // Only programs of a device map read it.
        word("egress_ifindex", 20).read(&[]).since(5, 8),
    ],
};

/// `struct __sk_buff`.
pub static SK_BUFF: Context = Context {
    name: "__sk_buff",
    size: 192,
    fields: &[
        word("len", 0),
        word("pkt_type", 4),
        word("mark", 8).tried().written(NOT_SOCKET),
        // 0xffff would be none (`NO_QUEUE_MAPPING`).
        word("queue_mapping", 12).short().up_to(0xfffe).written(TC),
        word("protocol", 16).network(2),
        word("vlan_present", 20),
        word("vlan_tci", 24),
        word("vlan_proto", 28).network(2).since(4, 1),
        word("priority", 32).tried().written(NOT_SOCKET).since(4, 1),
        word("ingress_ifindex", 36).tried().since(4, 2),
        word("ifindex", 40).tried().since(4, 2),
        word("tc_index", 44).short().written(TC).since(4, 2),
        words("cb", 48, 5).tried().written(SKB).since(4, 2),
        word("hash", 68).since(4, 3),
        word("tc_classid", 72).short().read(TC).written(TC).since(4, 3),
        word("data", 76).pointer().since(4, 7),
        word("data_end", 80).pointer().since(4, 7),
        word("napi_id", 84).since(4, 12),
        word("family", 88).read(CGROUP).since(4, 14),
        word("remote_ip4", 92).network(4).read(CGROUP).since(4, 14),
        word("local_ip4", 96).network(4).read(CGROUP).since(4, 14),
        words("remote_ip6", 100, 4).network(16).read(CGROUP).since(4, 14),
        words("local_ip6", 116, 4).network(16).read(CGROUP).since(4, 14),
        word("remote_port", 132).network(4).read(CGROUP).since(4, 14),
        word("local_port", 136).read(CGROUP).since(4, 14),
        word("data_meta", 140).pointer().since(4, 15),
        long("flow_keys", 144).pointer().since(4, 20),
        long("tstamp", 152).tried().read(TIMES).written(TIMES).since(5, 0),
        word("wire_len", 160).tried().read(TC).since(5, 0),
        word("gso_segs", 164).tried().since(5, 1),
        long("sk", 168).pointer().since(5, 1),
        word("gso_size", 176).tried().since(5, 7),
        field("tstamp_type", 180, 1, 1).read(TC).since(5, 18),
        long("hwtstamp", 184).tried().read(TIMES).since(5, 16),
    ],
};

/// The size of a `struct bpf_sock` in bytes.
pub const SOCKET_SIZE: u32 = 80;

/// Every context.
pub static CONTEXTS: &[&Context] = &[&XDP_MD, &SK_BUFF];

/// What a hook may know about a packet beside its bytes; each reads as 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// The packet's length on the wire, in bytes.
    Length,
    /// The index of the interface that it came in by or goes out on.
    InterfaceIndex,
    /// `PACKET_HOST` 0 … `PACKET_OUTGOING` 4, see packet(7).
    PacketType,
    /// 1 if the kernel took a VLAN tag out of the packet and keeps it beside it, else 0.
    VlanPresent,
    /// That tag: priority and identifier; 0 if there is none.
    VlanTci,
}

/// What a hook knows of a packet beside its bytes, as the library's declarations name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Known {
    /// Had in each hook's own way.
    Field(Field),
    /// A member of the context, as it is.
    Member(&'static ContextField),
}

/// A member of a context, or one element of a member that is an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// The structure.
    pub context: &'static Context,
    /// Its member.
    pub field: &'static ContextField,
    /// Which element; 0 of what is not an array.
    pub element: u8,
}

impl Member {
    /// The member with a name.
    pub fn new(context: &'static Context, name: &str, element: u8) -> Option<Self> {
        let field = context.field(name)?;
        (element < field.count).then_some(Self { context, field, element })
    }

    /// Bytes from the start of the structure.
    pub const fn offset(&self) -> u16 {
        self.field.offset + self.element as u16 * self.field.size as u16
    }
}

impl Field {
    /// The field with the name that `struct __sk_buff` has for it, if there is one.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "len" => Some(Self::Length),
            "ifindex" => Some(Self::InterfaceIndex),
            "pkt_type" => Some(Self::PacketType),
            "vlan_present" => Some(Self::VlanPresent),
            "vlan_tci" => Some(Self::VlanTci),
            _ => None,
        }
    }
}
