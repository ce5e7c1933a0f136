//! What the kernel asks of calls of a helper with maps of some types, beside what it asks of the helper's
//! own (`check_map_func_compatibility` of `kernel/bpf/verifier.c`).

use crate::helper::Helper;
use crate::map::MapKind;
use crate::program_type::ProgramType::{self, SchedCls, SocketFilter, Xdp};
use crate::version::Version;

/// Calls of a helper with maps of some types.
struct MapCall {
    helper: Helper,
    kinds: &'static [MapKind],
    /// The types of program that may make them; `None` if all may that call the helper.
    programs: Option<&'static [ProgramType]>,
    /// The first kernel that has them.
    since: Version,
    /// The first that no longer has them.
    until: Option<Version>,
}

const SOCKETS: &[MapKind] = &[MapKind::SockMap, MapKind::SockHash];
/// Where no socket can be locked already (`may_update_sockmap`).
const CHANGES: Option<&[ProgramType]> = Some(&[SocketFilter, SchedCls, Xdp]);
/// 7.2 has them, 7.3 has none there.
const CHANGED: Option<Version> = Some(Version::new(7, 3));

static CALLS: &[MapCall] = &[
    // Commit 64d85290d79c.
    MapCall {
        helper: Helper::MAP_LOOKUP_ELEM,
        kinds: SOCKETS,
        programs: None,
        since: Version::new(5, 8),
        until: None,
    },
    // Commit 0126240f448d.
    MapCall {
        helper: Helper::MAP_UPDATE_ELEM,
        kinds: SOCKETS,
        programs: CHANGES,
        since: Version::new(5, 10),
        until: CHANGED,
    },
    // Commit 0cdbb4b09a06, which has programs only read it.
    MapCall {
        helper: Helper::MAP_LOOKUP_ELEM,
        kinds: &[MapKind::DevMap, MapKind::DevMapHash],
        programs: None,
        since: Version::new(5, 3),
        until: None,
    },
    // Commit fada7fdc83c0: a `struct bpf_xdp_sock`.
    MapCall {
        helper: Helper::MAP_LOOKUP_ELEM,
        kinds: &[MapKind::XskMap],
        programs: None,
        since: Version::new(5, 3),
        until: None,
    },
    // For all programs until commit 98e948fb60d4, which kernels that are kept up have too.
    MapCall {
        helper: Helper::MAP_DELETE_ELEM,
        kinds: SOCKETS,
        programs: CHANGES,
        since: Version::new(4, 14),
        until: CHANGED,
    },
];

impl Helper {
    fn with(&self, kind: MapKind) -> Option<&'static MapCall> {
        CALLS.iter().find(|call| call.helper == *self && call.kinds.contains(&kind))
    }

    /// The types of program that may call it with maps of a type.
    pub fn programs_with(&self, kind: MapKind) -> &'static [ProgramType] {
        self.with(kind).and_then(|call| call.programs).unwrap_or(self.programs)
    }

    /// The first kernel that has it for maps of a type, if it has the type.
    pub fn since_with(&self, kind: MapKind) -> Version {
        self.with(kind).map_or(self.since, |call| self.since.max(call.since))
    }

    /// The first kernel that no longer has it for maps of a type, if one has not.
    pub fn until_with(&self, kind: MapKind) -> Option<Version> {
        self.with(kind).and_then(|call| call.until)
    }
}
