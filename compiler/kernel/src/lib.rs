//! What each kernel has and forbids, as rows: program types, hooks, contexts, helpers, limits.
//!
//! A number that the kernel's headers fix stands here and nowhere else. Passes and emission ask
//! a [`Target`]; they never compare versions.

mod version;
mod limit;
pub mod ether_type;
pub mod packet_type;
pub mod room;
pub mod sums;
mod program_type;
mod context;
mod map;
mod map_limit;
mod helper;
mod map_call;
mod usual;
mod license;
mod section;
mod socket;
mod hook;
mod target;

pub use context::{
    CONTEXTS, Context, ContextField, Field, Known, Member, SK_BUFF, SOCKET_SIZE, XDP_MD,
};
pub use helper::{Argument, Change, Helper, Returns};
pub use hook::{Access, Direction, FieldSource, HOOKS, Hook, Layer, Place, Verdict};
pub use license::is_gpl_compatible;
pub use limit::{COMPLEXITY, MAX_CALL_FRAMES, MAX_STACK, PENDING};
pub use map::{KeyKind, MapKind, ValueKind};
pub use map_limit::{MAX_USED_MAPS, MapLimit};
pub use program_type::ProgramType;
pub use section::{SECTIONS, SectionRow, Suffix};
pub use socket::{SOCKET_FIELDS, SocketField};
pub use target::{ATOMICS_SINCE, LOOPS_SINCE, Target};
pub use usual::USUAL;
pub use version::Version;
