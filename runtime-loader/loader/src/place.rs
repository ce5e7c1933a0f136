//! Where something is attached, in words.

use crate::interface::Interface;
use crate::sys::attach::LinkInfo;

/// `enum bpf_link_type`.
pub(crate) const CGROUP: u32 = 3;
pub(crate) const XDP: u32 = 6;
pub(crate) const TCX: u32 = 11;

/// `enum bpf_attach_type`.
pub(crate) const CGROUP_INGRESS: u32 = 0;
pub(crate) const CGROUP_EGRESS: u32 = 1;
pub(crate) const ATTACH_XDP: u32 = 37;
pub(crate) const TCX_INGRESS: u32 = 46;
pub(crate) const TCX_EGRESS: u32 = 47;

/// nbpfc's name for the hook of an attach type.
pub(crate) fn hook_of(attach_type: u32) -> &'static str {
    match attach_type {
        CGROUP_INGRESS => "cgroup_skb.ingress",
        CGROUP_EGRESS => "cgroup_skb.egress",
        ATTACH_XDP => "xdp",
        TCX_INGRESS => "tc.ingress",
        TCX_EGRESS => "tc.egress",
        _ => "a hook that nbpfc does not know",
    }
}

/// Hook and target of a link; a target of 0 is one that is gone.
pub(crate) fn hook_and_target(info: &LinkInfo) -> (&'static str, String) {
    let interface = || match info.target {
        0 => "an interface that is gone".to_owned(),
        index => Interface::name_of(index),
    };
    match info.link_type {
        XDP => ("xdp", interface()),
        TCX => (hook_of(info.second), interface()),
        CGROUP => {
            let number = u64::from(info.target) | u64::from(info.second) << 32;
            (hook_of(info.third), format!("cgroup {number}"))
        }
        _ => (hook_of(u32::MAX), "a link of another kind".to_owned()),
    }
}

/// Such as `eth0, tc.ingress`.
pub(crate) fn of_link(info: &LinkInfo) -> String {
    let (hook, target) = hook_and_target(info);
    format!("{target}, {hook}")
}
