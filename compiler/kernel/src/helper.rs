//! Helper functions (`include/uapi/linux/bpf.h`, `___BPF_FUNC_MAPPER`).

use crate::version::Version;

/// One helper function.
#[derive(Debug, PartialEq, Eq)]
pub struct Helper {
    /// The UAPI name without `bpf_`.
    pub name: &'static str,
    /// The number in a call's immediate.
    pub id: i32,
    /// How many arguments it takes, in `r1` onward.
    pub arguments: u8,
    /// The first kernel that has it.
    pub since: Version,
}

macro_rules! helpers {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $id:literal, $arguments:literal, $major:literal . $minor:literal;)*) => {
        impl Helper {
            $($(#[$doc])* pub const $constant: Helper =
                Helper { name: $name, id: $id, arguments: $arguments, since: Version::new($major, $minor) };)*

            /// Every helper that has a row, by id.
            pub const ALL: &'static [Helper] = &[$(Helper::$constant,)*];
        }
    };
}

helpers! {
    /// `skb_load_bytes(skb, offset, to, len)`: copies packet bytes, paged ones too; 0 or `-EFAULT`.
    SKB_LOAD_BYTES = "skb_load_bytes", 26, 4, 4 . 5;
    /// `xdp_get_buff_len(xdp)`: the packet's length, fragments included.
    XDP_GET_BUFF_LEN = "xdp_get_buff_len", 188, 1, 5 . 18;
    /// `xdp_load_bytes(xdp, offset, to, len)`: copies packet bytes, fragments too; 0 or `-EINVAL`.
    XDP_LOAD_BYTES = "xdp_load_bytes", 189, 4, 5 . 18;
}
