//! `struct bpf_sock`, as programs see a socket (`include/uapi/linux/bpf.h`; which members are read
//! stands in `bpf_sock_is_valid_access` of `net/core/filter.c`).

/// A member of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SocketField {
    /// The UAPI name.
    pub name: &'static str,
    /// Bytes from the start of the structure.
    pub offset: u32,
    /// How many bytes are its own; they are read four at a time.
    pub size: u32,
    /// Whether its bytes are in network order.
    pub network: bool,
}

impl SocketField {
    /// The member with a name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        SOCKET_FIELDS.iter().find(|field| field.name == name)
    }
}

const fn host(name: &'static str, offset: u32) -> SocketField {
    SocketField { name, offset, size: 4, network: false }
}

const fn network(name: &'static str, offset: u32, size: u32) -> SocketField {
    SocketField { name, offset, size, network: true }
}

/// The members in order.
pub static SOCKET_FIELDS: &[SocketField] = &[
    host("bound_dev_if", 0),
    host("family", 4),
    host("type", 8),
    host("protocol", 12),
    host("mark", 16),
    host("priority", 20),
    network("src_ip4", 24, 4),
    network("src_ip6", 28, 16),
    host("src_port", 44),
    network("dst_port", 48, 2),
    network("dst_ip4", 52, 4),
    network("dst_ip6", 56, 16),
    host("state", 72),
];
