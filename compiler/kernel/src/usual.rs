//! What helpers answer about a packet that no socket is known of, and that takes no special route.

use crate::helper::Helper;

/// `overflowuid`: a user that is nobody.
const NOBODY: u64 = 65_534;
/// The control group that all others are in, and the first network namespace.
const FIRST: u64 = 1;

/// Those whose answer is a number that the kernel has of the packet, its socket or the place.
pub static USUAL: &[(&Helper, u64)] = &[
    (&Helper::GET_CGROUP_CLASSID, 0),
    (&Helper::GET_ROUTE_REALM, 0),
    (&Helper::GET_NUMA_NODE_ID, 0),
    (&Helper::GET_SOCKET_COOKIE, 0),
    (&Helper::GET_SOCKET_UID, NOBODY),
    (&Helper::SKB_CGROUP_ID, 0),
    (&Helper::GET_CURRENT_CGROUP_ID, FIRST),
    (&Helper::GET_NETNS_COOKIE, FIRST),
];

impl Helper {
    /// What it usually answers; `None` if that is not such a number.
    pub fn usual(&self) -> Option<u64> {
        USUAL.iter().find(|(other, _)| other.id == self.id).map(|(_, usual)| *usual)
    }

    /// The control group that a group, which directly is in the root, is in at a level from there; 0 if
    /// there is none.
    pub const fn ancestor(group: u64, level: u64) -> u64 {
        match (group, level) {
            (0, _) => 0,
            (_, 0) => FIRST,
            (group, 1) if group != FIRST => group,
            _ => 0,
        }
    }
}
