//! `nbpfc load`: an object file, of nbpfc or another compiler, with its parameters set, loaded to
//! see whether it does, or pinned.

use std::fmt::Write as _;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nbpfc_loader::{Collection, Errno, Error, Opened, bpffs};
use serde_json::{Value, json};

use crate::args::LoadArgs;
use crate::failure::Failure;
use crate::mount;
use crate::output;

/// Lines of the verifier's log that are shown unasked: its last ones say why.
const LAST: usize = 8;

/// Loads the file and says what is in the kernel then.
pub(crate) fn run(args: &LoadArgs) -> Result<(), Failure> {
    let failed = |error: Error| refusal(&args.file, &error, args.verbose);
    let mut opened = Opened::open(&args.file).map_err(|error| {
        // It names the file itself.
        Failure::Message(error.to_string())
    })?;
    for assignment in &args.set {
        opened.set_assignment(assignment).map_err(failed)?;
    }
    if !args.only.is_empty() {
        let names: Vec<&str> = args.only.iter().map(String::as_str).collect();
        opened.only(&names).map_err(failed)?;
    }
    if let Some(folder) = &args.pin {
        opened.set_pin_directory(folder);
    } else {
        // What is loaded to be looked at leaves nothing.
        let names: Vec<String> = opened.object().maps.iter().map(|map| map.name.clone()).collect();
        for name in names {
            opened.map(&name).map_err(failed)?.pin = None;
        }
    }
    let folder = args.pin.as_deref().map(Folder::open).transpose()?;
    let collection = opened.load().map_err(failed)?;
    let text = if args.json { json_lines(&collection) } else { table(&collection) };
    let text = text.map_err(failed)?;
    if let Some(folder) = folder {
        folder.pin(&collection)?;
    }
    output::print(&text)
}

/// A folder for pins. Dropping it removes it if it was made for this and is empty.
struct Folder<'a> {
    path: &'a Path,
    is_new: bool,
}

impl<'a> Folder<'a> {
    /// The folder at a path, made if need be: the folder above must be in a BPF file system then.
    fn open(path: &'a Path) -> Result<Self, Failure> {
        if path.starts_with(bpffs::USUAL) {
            mount::ensure(Path::new(bpffs::USUAL))?;
        }
        if path.exists() {
            return mount::ensure(path).map(|()| Self { path, is_new: false });
        }
        let above = path.parent().filter(|above| *above != Path::new(""));
        let above = above.unwrap_or(Path::new("."));
        let shown = above.display();
        if !bpffs::is_there(above) {
            let why = if above.exists() { "is in no BPF file system" } else { "is not there" };
            let usual = bpffs::USUAL;
            return Err(Failure::Message(format!(
                "the folder {} for pins cannot be made: {shown} {why}; name one below {usual}, or \
                 `mount -t bpf bpf FOLDER` first",
                path.display()
            )));
        }
        let made = std::fs::DirBuilder::new().mode(0o700).create(path);
        made.map_err(|error| Failure::file(&path.display(), &error))?;
        Ok(Self { path, is_new: true })
    }

    /// Pins programs and maps by their names; if one cannot be, none is.
    fn pin(mut self, collection: &Collection) -> Result<(), Failure> {
        let mut done: Vec<PathBuf> = Vec::new();
        let programs = collection.programs().map(|(name, program)| {
            let path = self.path.join(name);
            (program.pin(&path), path)
        });
        let maps = collection.maps().filter(|(name, _)| !name.starts_with('.'));
        let maps = maps.filter_map(|(name, map)| {
            let path = self.path.join(name);
            // What the object itself has pinned is there.
            (!path.exists()).then(|| (map.pin(&path), path))
        });
        for (pinned, path) in programs.chain(maps) {
            let Err(error) = pinned else {
                done.push(path);
                continue;
            };
            for path in done {
                // It is a name in a BPF file system; nobody else can have taken it.
                let _ = std::fs::remove_file(path);
            }
            let shown = path.display();
            return Err(match error.errno() {
                Some(Errno::EEXIST) => Failure::Message(format!(
                    "something is pinned as {shown} already: remove it, or name another folder"
                )),
                _ => Failure::file(&shown, &error),
            });
        }
        self.is_new = false;
        Ok(())
    }
}

impl Drop for Folder<'_> {
    fn drop(&mut self) {
        if self.is_new {
            // The error that is told is the one that led here.
            let _ = std::fs::remove_dir(self.path);
        }
    }
}

fn refusal(file: &Path, error: &Error, verbose: bool) -> Failure {
    let log = error.log().trim_end();
    let mut text = error.to_string();
    if let Some(said) = text.find(log).filter(|_| !log.is_empty()) {
        text.truncate(said);
    }
    let lines: Vec<&str> = log.lines().collect();
    let first = if verbose { 0 } else { lines.len().saturating_sub(LAST) };
    let mut text = text.trim_end().to_owned();
    if first > 0 {
        let _ = write!(text, "\n({first} lines before; all of them with -v)");
    }
    for line in lines.iter().skip(first) {
        let _ = write!(text, "\n{line}");
    }
    Failure::file(&file.display(), &text)
}

fn table(collection: &Collection) -> Result<String, Error> {
    let mut text = String::new();
    for (name, program) in collection.programs() {
        let kind = program.program_type().name();
        let _ = write!(text, "program   {name:<16} {kind}");
        let _ = match program.info()?.verified_insns {
            // Kernels before 5.16 do not say.
            0 => writeln!(text),
            count => writeln!(text, ", {count} instructions verified"),
        };
    }
    for (name, map) in collection.maps() {
        let info = map.info()?;
        let kind = info.kind().map_or("of a type that nbpfc does not know", |kind| kind.name());
        let _ = writeln!(text, "map       {name:<16} {kind}, {} elements", info.max_entries);
    }
    for variable in collection.variables() {
        let sort = if variable.constant { "parameter" } else { "variable" };
        let (name, kind) = (&variable.name, &variable.type_name);
        let value = collection.get_text(name)?;
        let _ = writeln!(text, "{sort:<9} {name:<16} {kind} = {value}");
    }
    Ok(text)
}

fn json_lines(collection: &Collection) -> Result<String, Error> {
    let mut rows: Vec<Value> = Vec::new();
    for (name, program) in collection.programs() {
        let info = program.info()?;
        rows.push(json!({
            "program": name,
            "type": program.program_type().name(),
            "id": info.id,
            "verified": info.verified_insns,
        }));
    }
    for (name, map) in collection.maps() {
        let info = map.info()?;
        let kind = info.kind().map_or("unknown", |kind| kind.name());
        rows.push(json!({
            "map": name,
            "type": kind,
            "id": info.id,
            "max_entries": info.max_entries,
            "key_size": info.key_size,
            "value_size": info.value_size,
        }));
    }
    for variable in collection.variables() {
        rows.push(json!({
            "variable": variable.name,
            "type": variable.type_name,
            "constant": variable.constant,
            "value": collection.get_text(&variable.name)?,
        }));
    }
    Ok(rows.iter().map(|row| row.to_string() + "\n").collect())
}
