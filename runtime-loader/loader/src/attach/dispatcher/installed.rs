//! Which version of libxdp is on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use nbpfc_object::Contents;

use super::config::DispatcherVersion;
use crate::object::Opened;

/// Where distributions put libxdp's object files: `bpf` in a folder of libraries.
const LIBRARIES: [&str; 4] = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"];

impl DispatcherVersion {
    /// That of the libxdp that is installed, which its dispatcher's object file tells; `None` if
    /// there is none, or one of another version.
    pub fn installed() -> Option<Self> {
        let libraries = LIBRARIES.map(PathBuf::from);
        // Debian's are one folder deeper, by architecture.
        let deeper = fs::read_dir(&libraries[0]).into_iter().flatten().flatten();
        let deeper = deeper.map(|entry| entry.path()).filter(|path| path.is_dir());
        let mut folders: Vec<PathBuf> = libraries.iter().cloned().chain(deeper).collect();
        folders.sort();
        folders.iter().find_map(|folder| Self::of(&folder.join("bpf/xdp-dispatcher.o")))
    }

    fn of(object: &Path) -> Option<Self> {
        let opened = Opened::open(object).ok()?;
        let maps = &opened.object().maps;
        let mut sizes = maps.iter().filter_map(|map| match &map.contents {
            Contents::Data(bytes) if map.name.ends_with(".rodata") => Some(bytes.len()),
            _ => None,
        });
        sizes.find_map(|size| [Self::V2, Self::V3].into_iter().find(|v| v.size() == size))
    }
}
