//! The structures that programs get a pointer to (`include/uapi/linux/bpf.h`).

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
    /// The member with a name, if there is one.
    pub fn field(&self, name: &str) -> Option<&'static ContextField> {
        self.fields.iter().find(|field| field.name == name)
    }
}

const fn word(name: &'static str, offset: u16) -> ContextField {
    ContextField { name, offset, size: 4, count: 1 }
}

const fn words(name: &'static str, offset: u16, count: u8) -> ContextField {
    ContextField { name, offset, size: 4, count }
}

const fn long(name: &'static str, offset: u16) -> ContextField {
    ContextField { name, offset, size: 8, count: 1 }
}

/// `struct xdp_md`.
pub static XDP_MD: Context = Context {
    name: "xdp_md",
    size: 24,
    fields: &[
        word("data", 0),
        word("data_end", 4),
        word("data_meta", 8),
        word("ingress_ifindex", 12),
        word("rx_queue_index", 16),
        word("egress_ifindex", 20),
    ],
};

/// `struct __sk_buff`.
pub static SK_BUFF: Context = Context {
    name: "__sk_buff",
    size: 192,
    fields: &[
        word("len", 0),
        word("pkt_type", 4),
        word("mark", 8),
        word("queue_mapping", 12),
        word("protocol", 16),
        word("vlan_present", 20),
        word("vlan_tci", 24),
        word("vlan_proto", 28),
        word("priority", 32),
        word("ingress_ifindex", 36),
        word("ifindex", 40),
        word("tc_index", 44),
        words("cb", 48, 5),
        word("hash", 68),
        word("tc_classid", 72),
        word("data", 76),
        word("data_end", 80),
        word("napi_id", 84),
        word("family", 88),
        word("remote_ip4", 92),
        word("local_ip4", 96),
        words("remote_ip6", 100, 4),
        words("local_ip6", 116, 4),
        word("remote_port", 132),
        word("local_port", 136),
        word("data_meta", 140),
        long("flow_keys", 144),
        long("tstamp", 152),
        word("wire_len", 160),
        word("gso_segs", 164),
        long("sk", 168),
        word("gso_size", 176),
        ContextField { name: "tstamp_type", offset: 180, size: 1, count: 1 },
        long("hwtstamp", 184),
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
