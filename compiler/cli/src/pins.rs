//! What stays attached: a folder for each name in a BPF file system.
//!
//! In it are `link`, or `program` where the attachment has no link, the map `counters`, and
//! `record`: a map whose only value is a line of JSON. All of it goes when the machine starts again,
//! as the attachment does.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nbpfc_loader::{AttachRecord, Link, Map, MapOptions, Means};
use serde_json::{Value, json};

use crate::counts::{Counters, Counts};
use crate::failure::Failure;
use crate::mount;
use crate::place::Attached;

const LINK: &str = "link";
const PROGRAM: &str = "program";
const COUNTERS: &str = "counters";
const RECORD: &str = "record";
/// Letters of an expression that are kept.
const SHOWN: usize = 1000;
/// `BPF_MAP_TYPE_ARRAY`
const ARRAY: u32 = 2;

/// The folder of all names.
#[derive(Debug)]
pub(crate) struct Pins(PathBuf);

impl Pins {
    /// That of a BPF file system, which may not be there: then nothing is pinned.
    pub(crate) fn of(bpffs: &Path) -> Self {
        Self(bpffs.join("nbpfc"))
    }

    /// That of a BPF file system, mounted if it is the usual one and was not.
    pub(crate) fn open(bpffs: &Path) -> Result<Self, Failure> {
        mount::ensure(bpffs)?;
        let pins = Self::of(bpffs);
        match make_folder(&pins.0) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(Failure::file(&pins.0.display(), &error))
            }
            _ => Ok(pins),
        }
    }

    /// What is pinned, by name.
    pub(crate) fn all(&self) -> Result<Vec<Pin>, Failure> {
        let failed = |error: io::Error| Failure::file(&self.0.display(), &error);
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut pins = Vec::new();
        for entry in entries {
            let folder = entry.map_err(failed)?.path();
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            pins.push(Pin { name, folder });
        }
        pins.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(pins)
    }

    /// Takes a name.
    pub(crate) fn reserve(&self, name: &str) -> Result<Reserved, Failure> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.len() > 64 || name.starts_with('-') || !name.chars().all(allowed)
        {
            return Err(Failure::Message(format!(
                "'{name}' is no name for a pin: at most 64 letters, digits, _ and -"
            )));
        }
        let folder = self.0.join(name);
        match make_folder(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Failure::Message(format!(
                    "there is a pin '{name}' already: `nbpfc list` shows it, `nbpfc detach {name}` \
                     ends it"
                )))
            }
            made => {
                made.map_err(|error| Failure::file(&folder.display(), &error))?;
                Ok(Reserved { pin: Pin { name: name.to_owned(), folder }, is_used: false })
            }
        }
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// A name that is taken; dropping the value gives it back if nothing was pinned.
#[derive(Debug)]
pub(crate) struct Reserved {
    pin: Pin,
    is_used: bool,
}

impl Reserved {
    /// Lets an attachment stay under the name, and tells what is there now.
    pub(crate) fn keep(
        mut self,
        mut attached: Attached,
        counters: &Counters,
        description: &Description<'_>,
    ) -> Result<Pin, Failure> {
        let failed = |error: nbpfc_loader::Error| Failure::Message(error.to_string());
        let file = |name: &str| self.pin.folder.join(name);
        counters.map.pin(&file(COUNTERS)).map_err(failed)?;
        let record = attached.link.record();
        if attached.link.means() == Means::ProgAttach {
            let text = "this kernel has no link for cgroups (Linux 5.7): it cannot be pinned";
            return Err(Failure::Message(text.to_owned()));
        }
        let mut text =
            description.json(record.as_ref(), &counters.verdicts).to_string().into_bytes();
        text.resize(text.len().next_multiple_of(8), b' ');
        let map = Map::create(&MapOptions {
            map_type: ARRAY,
            key_size: 4,
            value_size: u32::try_from(text.len()).unwrap_or(u32::MAX),
            max_entries: 1,
            name: "nbpfc_record",
            ..MapOptions::default()
        })
        .map_err(failed)?;
        map.update(&[0; 4], &text, 0).map_err(failed)?;
        map.freeze().map_err(failed)?;
        map.pin(&file(RECORD)).map_err(failed)?;
        let what = if attached.link.means() == Means::BpfLink { LINK } else { PROGRAM };
        attached.link.pin(&file(what)).map_err(failed)?;
        self.is_used = true;
        attached.guard.take().map_or(Ok(()), crate::guard::Guard::release)?;
        Ok(self.pin.clone())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if !self.is_used {
            // The error that is told is the one that led here.
            let _ = self.pin.remove();
        }
    }
}

/// What is told of an attachment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Description<'a> {
    pub(crate) hook: &'a str,
    pub(crate) place: &'a str,
    pub(crate) action: &'a str,
    pub(crate) expression: &'a str,
}

impl Description<'_> {
    fn json(&self, record: Option<&AttachRecord>, verdicts: &[String]) -> Value {
        let Self { hook, place, action, expression } = self;
        let mut expression: String = expression.trim().to_owned();
        if expression.chars().count() > SHOWN {
            expression = expression.chars().take(SHOWN).chain(['…']).collect();
        }
        json!({
            "hook": hook,
            "place": place,
            "action": action,
            "expression": expression,
            "verdicts": verdicts,
            "since": uptime(),
            "record": record.map(ToString::to_string),
        })
    }
}

/// Seconds since the machine started.
pub(crate) fn uptime() -> Option<f64> {
    fs::read_to_string("/proc/uptime").ok()?.split(' ').next()?.parse().ok()
}

/// A name and what is pinned under it.
#[derive(Clone, Debug)]
pub(crate) struct Pin {
    pub(crate) name: String,
    folder: PathBuf,
}

impl Pin {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What [`Description`] said; empty of what was pinned by halves.
    pub(crate) fn description(&self) -> Value {
        let value = Map::open(&self.file(RECORD)).and_then(|map| map.lookup(&[0; 4]));
        let text = value.ok().flatten().unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn record(&self) -> Option<AttachRecord> {
        self.description()["record"].as_str().and_then(|text| text.parse().ok())
    }

    /// What it counted until now.
    pub(crate) fn counts(&self) -> Option<Counts> {
        let map = Map::open(&self.file(COUNTERS)).ok()?;
        let verdicts = self.description()["verdicts"].as_array().cloned().unwrap_or_default();
        let verdicts = verdicts.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Counters { program: None, map, verdicts }.try_read().ok()?
    }

    /// Whether it is still attached; `None` where that cannot be seen from here.
    pub(crate) fn is_attached(&self) -> Option<bool> {
        if let Ok(link) = Link::open(&self.file(LINK)) {
            return link.is_attached().ok();
        }
        match self.record() {
            Some(record) => record.is_attached().ok(),
            None => Some(false),
        }
    }

    /// Ends it and gives the name back.
    pub(crate) fn detach(&self) -> Result<(), Failure> {
        let ended = match Link::open(&self.file(LINK)) {
            Ok(link) => link.detach(),
            Err(_) => self.record().map_or(Ok(()), |record| record.undo().map(drop)),
        };
        ended.map_err(|error| Failure::Message(format!("{}: {error}", self.name)))?;
        self.remove().map_err(|error| Failure::file(&self.folder.display(), &error))
    }

    fn remove(&self) -> io::Result<()> {
        for name in [LINK, PROGRAM, COUNTERS, RECORD] {
            match fs::remove_file(self.file(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::remove_dir(&self.folder)
    }
}
