//! What is to become of each map and program of an object when it is loaded.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use nbpfc_kernel::{Hook, MapKind, ProgramType, SectionRow};
use nbpfc_object::{Map as Definition, Program as Code};

use crate::map::Map;

/// What is to become of a map.
#[derive(Debug)]
pub struct MapPlan {
    /// Whether it is created. Programs that reach a map that is not are refused.
    pub create: bool,
    /// The greatest number of elements; at first what the object says. 0 for perf events means one
    /// for each processor; what a ring buffer has is rounded up to what the kernel takes.
    pub max_entries: u32,
    /// Where it is pinned, and where a map that is there already is used instead; at first the
    /// object's own wish, as a name in the directory of pins.
    pub pin: Option<PathBuf>,
    /// A map to use instead. It must not differ from what the object says.
    pub reuse: Option<Map>,
}

impl MapPlan {
    pub(super) fn new(definition: &Definition) -> Self {
        Self {
            create: true,
            max_entries: definition.max_entries,
            pin: definition.pinned.then(|| PathBuf::from(&definition.name)),
            reuse: None,
        }
    }
}

/// What is to become of a program.
#[derive(Debug)]
pub struct ProgramPlan {
    /// Whether it is loaded: not if its section's name begins with `?`, but for being asked.
    pub load: bool,
    /// Its type; at first what its section says.
    pub program_type: Option<ProgramType>,
    /// `expected_attach_type`; at first what its section says.
    pub attach_type: Option<u32>,
    /// `BPF_F_*`; at first what its section says.
    pub flags: u32,
    /// The function or trace point of the kernel that it is for, of types that name one at load;
    /// at first what stands behind the slash in its section.
    pub attach_to: String,
    /// What the kernel calls such functions, before `attach_to`; `None` for types that name none.
    pub(super) kernel_type: Option<&'static str>,
    /// The program that it extends or traces, and the function's BTF id there.
    pub attach_program: Option<(OwnedFd, u32)>,
    /// As in [`LoadOptions`](crate::LoadOptions).
    pub log_level: u32,
}

impl ProgramPlan {
    pub(super) fn new(code: &Code) -> Self {
        let (row, place) = SectionRow::find(&code.section).unzip();
        Self {
            load: !code.section.starts_with('?'),
            program_type: row.map(|row| row.program_type),
            attach_type: row.and_then(|row| row.attach_type),
            flags: row.map_or(0, |row| row.flags),
            attach_to: place.unwrap_or_default().to_owned(),
            kernel_type: row.and_then(|row| row.kernel_type),
            attach_program: None,
            log_level: 0,
        }
    }

    /// Makes it a program for a hook, whatever its section says, and has it loaded.
    pub fn set_hook(&mut self, hook: &Hook) {
        self.load = true;
        self.program_type = Some(hook.program_type);
        self.attach_type = hook.attach_type;
        self.flags = hook.flags;
        self.kernel_type = None;
    }
}

/// How many elements the kernel is asked for.
pub(super) fn max_entries(kind: u32, wanted: u32, processors: u32, page: u32) -> u32 {
    match MapKind::by_number(kind) {
        Some(MapKind::PerfEventArray) if wanted == 0 => processors,
        // Whole pages, a power of two of them.
        Some(MapKind::RingBuf | MapKind::UserRingBuf) => {
            wanted.max(page).checked_next_power_of_two().unwrap_or(wanted)
        }
        _ => wanted,
    }
}
