//! Modules of the nbp language: the programs in them, and the object that holds them all.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use nbpfc_btf::TypeId;
use nbpfc_emulator::{Engine, Machine};
use nbpfc_isa::Level;
use nbpfc_kernel::{Hook, MapKind, ProgramType, Target, Version};
use nbpfc_lower::{Lowered, Ways};
use nbpfc_pcap::{LinkType, Lists};
use nbpfc_sema::{Options, Source};
use nbpfc_source::{Code as Kind, Diagnostic, File, FileId, Severity};
use nbpfc_syntax::ast;

use crate::link::{self, Named, Part, Slots};
use crate::live::count_verdicts;
use crate::offline::NotOffline;
use crate::owned;
use crate::records::{self, Element, Form, Record};
use crate::session::{Filter, Request, Session};
use crate::storage;
use crate::threads;
use crate::verified::Verified;

/// What to compile a module for.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches are what they are")]
pub struct Build {
    /// The oldest kernel that must accept it.
    pub kernel: Version,
    /// The instruction set, instead of all that the kernel has.
    pub level: Option<Level>,
    /// The hook that its programs have to be on; `None` for any.
    pub hook: Option<&'static Hook>,
    /// Whether to optimise.
    pub optimise: bool,
    /// Whether programs count their packets by verdict, in [`Program::counters`].
    pub counts: bool,
    /// A network card runs them, which keeps few counters, and one value of each.
    pub offload: bool,
    /// Whether its tests are wanted, too.
    pub tests: bool,
    /// Whether it is to be seen which ways on from decisions are gone; see
    /// [`Reached`](crate::Reached).
    pub coverage: bool,
    /// As [`Request::doubtful`].
    pub doubtful: bool,
}

impl Build {
    /// For a kernel, on any hook.
    pub fn new(kernel: Version) -> Self {
        Self {
            kernel,
            level: None,
            hook: None,
            optimise: true,
            counts: false,
            offload: false,
            tests: false,
            coverage: false,
            doubtful: false,
        }
    }
}

/// A program of a module.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// What was compiled; its verdicts are the hook's.
    pub code: Filter,
    /// The verdicts that it can return, by the names that the language has for them.
    pub verdicts: Vec<(String, u32)>,
    /// The array with a [`Counted`](crate::Counted) for each of [`Program::counted`] and one for all
    /// others, if it counts; on a network card one for all.
    pub counters: Option<String>,
}

impl Program {
    /// What a verdict is called: as the language has it, or as the hook has it where a call gives it,
    /// such as `redirect`; else its number.
    pub fn verdict_name(&self, verdict: u32) -> String {
        named_verdict(&self.verdicts, self.code.target.hook, verdict)
    }

    /// The verdicts that are counted, each once, by the first of its names: that of the kernel.
    pub fn counted(&self) -> Vec<(String, u32)> {
        without_aliases(&self.verdicts)
    }

    /// Whether a packet goes on after a verdict: up the stack, or out again.
    pub fn lets_go(&self, verdict: u32) -> bool {
        let hook = self.code.target.hook;
        let goes = ["tx", "redirect", "reroute", "unspec"];
        let mut verdicts = hook.verdicts.iter();
        // Of sockets a verdict is how many bytes are kept.
        let kept = hook.program_type == ProgramType::SocketFilter && verdict > 0;
        kept || verdict == hook.pass
            || verdicts.any(|known| known.value == verdict && goes.contains(&known.name))
    }

    /// How many bytes of a packet go on after a verdict, at most; `None` if the packet does not.
    pub fn keeps(&self, verdict: u32) -> Option<usize> {
        let cuts = self.code.target.hook.program_type == ProgramType::SocketFilter;
        self.lets_go(verdict).then_some(if cuts { verdict as usize } else { usize::MAX })
    }
}

/// The verdicts without further names of the same numbers.
fn without_aliases(verdicts: &[(String, u32)]) -> Vec<(String, u32)> {
    let first = |(at, (_, number)): &(usize, &(String, u32))| {
        !verdicts[..*at].iter().any(|(_, earlier)| earlier == number)
    };
    verdicts.iter().enumerate().filter(first).map(|(_, verdict)| verdict.clone()).collect()
}

pub(crate) fn named_verdict(names: &[(String, u32)], hook: &Hook, verdict: u32) -> String {
    let name = names.iter().find(|(_, number)| *number == verdict);
    let name = name.map(|(name, _)| name.as_str()).or_else(|| {
        let known = hook.verdicts.iter().find(|known| known.value == verdict);
        known.map(|known| known.name)
    });
    name.map_or_else(|| verdict.to_string(), str::to_owned)
}

/// A compiled module.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Its programs in the order of the source, at least one.
    pub programs: Vec<Program>,
    /// Its licence, if it names one.
    license: Option<String>,
    globals: Vec<Named>,
    records: Vec<Record>,
    meaning: Arc<nbpfc_sema::Program>,
    /// The maps with programs in them.
    pub(crate) slots: Vec<Slots>,
    elements: Vec<Element>,
}

impl Programs {
    /// What the module means.
    pub(crate) fn meaning(&self) -> &nbpfc_sema::Program {
        &self.meaning
    }

    /// An assignment to a parameter, `NAME=VALUE`, as loaders take it: by the name in the object of what
    /// the source names, such as `MODULE.NAME`.
    pub fn assignment(&self, text: &str) -> String {
        let meaning = self.meaning();
        let found = text.split_once('=').and_then(|(name, value)| {
            let (_, var) = meaning.paths.iter().find(|(path, _)| path == name.trim())?;
            Some(format!("{}={value}", meaning.vars[*var].name))
        });
        found.unwrap_or_else(|| text.to_owned())
    }

    /// The object with all programs.
    pub fn object(&self) -> Verified {
        self.link().0
    }

    /// Why the object cannot be written as a file, if that is so: there is no place in it for what a map
    /// begins with.
    pub fn not_a_file(&self) -> Option<Diagnostic> {
        let maps = self.programs.first().map(|program| program.code.module.maps.values());
        let mut all = self.meaning.maps.values().zip(maps.into_iter().flatten());
        let (map, _) = all.find(|(_, data)| link::is_not_in_files(data))?;
        let message = format!("an object file has no place for what `{}` begins with", map.name);
        let (file, span) = map.place;
        Some(
            Diagnostic::error(Kind::NotOnTarget, message, file, span)
                .note("who loads a file makes its maps empty; `nbpfc` fills them where it loads")
                .help(
                    "use `--attach`, `nbpfc run` or `nbpfc test`, or let user space fill the map",
                ),
        )
    }

    /// The maps with programs in them: each map's name, and its programs' names by rising index.
    pub fn slots(&self) -> &[(String, Vec<(u32, String)>)] {
        &self.slots
    }

    fn link(&self) -> (Verified, Vec<(String, TypeId)>) {
        let parts: Vec<_> = self
            .programs
            .iter()
            .map(|program| Part {
                name: &program.name,
                code: &program.code.code,
                target: &program.code.target,
                module: &program.code.module,
            })
            .collect();
        let (object, types) = link::object(
            self.license.as_deref(),
            &parts,
            &self.globals,
            &self.records,
            &self.slots,
            &self.elements,
        );
        let names = self.records.iter().map(|record| record.map.clone());
        let why = "the verifier is the kernel's until nbpfc has its own";
        (Verified::unchecked(object, why), names.zip(types).collect())
    }

    /// Whether other programs may go on in one, through a map of programs.
    pub fn is_in_slots(&self, program: &Program) -> bool {
        self.slots.iter().flat_map(|(_, slots)| slots).any(|(_, other)| *other == program.name)
    }

    /// As [`Self::object`], with these programs only, and those that they may go on in; and the
    /// names of the maps that take events, with the types of the events in the object's BTF.
    pub fn object_and_records(&self, chosen: &[&Program]) -> (Verified, Vec<(String, TypeId)>) {
        let is_chosen = |program: &&Program| {
            self.is_in_slots(program) || chosen.iter().any(|other| other.name == program.name)
        };
        let programs = self.programs.iter().filter(is_chosen).cloned().collect();
        Self { programs, ..self.clone() }.link()
    }
}

impl Programs {
    /// A program and those that it may go on in, by their numbers in its machine, each with its place in
    /// the module. The kernel takes programs of one kind only into a map.
    pub(crate) fn run_with<'a>(&'a self, program: &'a Program) -> Vec<(usize, &'a Program)> {
        let kind = |program: &Program| {
            let hook = program.code.target.hook;
            (hook.program_type, hook.flags)
        };
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for (index, other) in self.programs.iter().enumerate() {
            if other.name == program.name {
                own.push((index, other));
            } else if self.is_in_slots(other) && kind(other) == kind(program) {
                others.push((index, other));
            }
        }
        own.extend(others);
        own
    }

    /// As [`Filter::machine`] of one of the programs, which may go on in the others.
    ///
    /// # Errors
    /// See [`Filter::machine`].
    pub fn machine(
        &self,
        program: &Program,
        engine: Option<Engine>,
    ) -> Result<Machine, NotOffline> {
        let goes_on = program.code.module.maps.values().any(|map| map.kind == MapKind::ProgArray);
        if !goes_on || engine == Some(Engine::Native) {
            return program.code.machine(engine);
        }
        let all = self.run_with(program);
        let number = |name: &str| {
            let place = all.iter().position(|(_, other)| other.name == name);
            place.map(|place| place as u32)
        };
        let codes: Vec<_> = all.iter().skip(1).map(|(_, other)| &other.code).collect();
        program.code.machine_with(&codes, &self.slots, number)
    }
}

impl Session<'_> {
    /// Compiles a module of the nbp language.
    ///
    /// # Errors
    /// What is wrong with it, or what a hook or the kernel does not have.
    pub fn module(&mut self, id: FileId, build: &Build) -> Result<Programs, Vec<Diagnostic>> {
        let prelude = nbpfc_stdlib::PRELUDE;
        let mut ids = vec![id];
        ids.extend(
            prelude.iter().map(|module| self.add_module(File::new(module.name, module.text))),
        );
        let mut used = Vec::new();
        let mut lists = SetFiles::new();
        let mut read = Vec::new();
        self.read_used(id, &mut Vec::new(), &mut used, (&mut lists, &mut read))?;
        ids.extend(used.iter().map(|module| module.file));
        let mut trees: Vec<ast::Module> = Vec::new();
        for id in &ids {
            if let Some(at) = read.iter().position(|(file, _)| file == id) {
                trees.push(read.swap_remove(at).1);
                continue;
            }
            let (tree, found) = nbpfc_syntax::parse(self.files().get(*id), *id);
            if found.iter().any(|d| d.severity != Severity::Warning) {
                return Err(found);
            }
            trees.push(tree);
        }
        let sources: Vec<_> = ids
            .iter()
            .zip(&trees)
            .enumerate()
            .map(|(index, (id, module))| {
                let used = index.checked_sub(1 + prelude.len()).and_then(|index| used.get(index));
                let name = used.map(|module| module.name.as_str());
                let library = index > 0 && used.is_none_or(|module| module.library);
                Source { file: *id, text: self.files().get(*id), module, name, library }
            })
            .collect();
        let lists = self.set_files(&lists);
        let options = Options {
            kernel: build.kernel,
            names: self.names(),
            tests: build.tests,
            lists: &lists,
        };
        let (program, found) = nbpfc_sema::check(&sources, options);
        let Some(program) = program else { return Err(found) };
        let file = Arc::new(self.files().get(id).clone());
        // Each is compiled by itself, whatever the others are.
        let common = nbpfc_lower::Common::new(&program);
        let programs = threads::map(&program.entries, |entry| {
            Self::program_of((&program, &common), entry, &file, id, build)
        });
        let programs = programs.into_iter().collect::<Result<Vec<_>, _>>()?;
        let globals = nbpfc_lower::globals(&program);
        let globals = globals.iter().map(|global| named(&program, global)).collect();
        let records = records::of(&program);
        let slots = program.maps.values().filter(|map| !map.programs.is_empty());
        let slots = slots.map(|map| {
            let programs = map.programs.iter().map(|(index, name, _)| (*index, name.clone()));
            (map.name.clone(), programs.collect())
        });
        let slots: Vec<Slots> = slots.collect();
        let codes = programs.iter().map(|program| (&*program.name, &program.code));
        let codes: Vec<_> = codes.collect();
        let refused = storage::refusal(&codes, &slots, &program);
        if let Some(error) = refused.or_else(|| owned::refusal(&codes, &program)) {
            return Err(vec![error]);
        }
        let elements = records::elements(&program);
        let license = program.license.clone();
        let meaning = Arc::new(program);
        Ok(Programs { programs, license, globals, records, meaning, slots, elements })
    }

    /// Compiles one program of a module whose file is `id`.
    fn program_of(
        (program, common): (&nbpfc_sema::Program, &nbpfc_lower::Common),
        entry: &nbpfc_sema::Entry,
        file: &Arc<File>,
        id: FileId,
        build: &Build,
    ) -> Result<Program, Vec<Diagnostic>> {
        let hook = &program.hooks[entry.hook];
        if let Some(wanted) = build.hook
            && wanted != hook.row
        {
            return Err(vec![other_hook(id, entry, &hook.name, wanted)]);
        }
        let mut target = Target::new(hook.row, build.kernel);
        if let Some(level) = build.level {
            target.level = level;
        }
        // Of the last that was lowered.
        let meets = Cell::new(None);
        let compiled = |ways, doubtful| {
            let source = file.clone();
            let all = (program, common);
            let lowered = nbpfc_lower::lower(all, entry, &target, source, id, ways, build.coverage);
            let Lowered { mut module, meets: met } = lowered?;
            meets.set(Some(met));
            let counted = if build.offload { Vec::new() } else { without_aliases(&hook.verdicts) };
            let counters = build.counts.then(|| {
                let mut name = format!("{}_verdicts", entry.name);
                while program.maps.values().any(|map| map.name == name) {
                    name.push('_');
                }
                count_verdicts(&mut module, &name, &counted, build.offload);
                name
            });
            // The link type is the filters' matter, which are lowered already.
            let optimise = build.optimise;
            let request = Request { optimise, doubtful, ..Request::new(target, LinkType::Raw) };
            let verdicts = (hook.row.pass, hook.row.drop);
            let code = Self::optimised(module, id, &request, verdicts, &[])?;
            Ok::<_, Vec<Diagnostic>>((code, counters))
        };
        // Cards have room for small programs only. What the verifier is to forget lies on the
        // stack, of which there may be too little.
        let (code, counters) = if build.offload {
            compiled(Ways::Apart, false)?
        } else {
            let is_complex = |found: &[Diagnostic]| {
                found.first().is_some_and(|error| error.code == Kind::TooComplex)
            };
            let ways = compiled(Ways::MeetIfMany, false);
            let met = meets.get();
            let ways = ways.or_else(|found| {
                // What was made one way is not made the same way again.
                let meet = is_complex(&found) && met != Some(true);
                let meet = meet.then(|| compiled(Ways::Meet, false).ok()).flatten();
                meet.map_or_else(
                    || if met == Some(false) { Err(found) } else { compiled(Ways::Apart, false) },
                    Ok,
                )
            });
            let ways = ways.or_else(|found| {
                if !build.doubtful || !is_complex(&found) {
                    return Err(found);
                }
                compiled(Ways::Meet, true).or_else(|_| compiled(Ways::Apart, true))
            });
            let here = |found: Diagnostic| found.at(id, entry.span);
            ways.map_err(|found| found.into_iter().map(here).collect::<Vec<_>>())?
        };
        Ok(Program { name: entry.name.clone(), code, verdicts: hook.verdicts.clone(), counters })
    }
}

/// A module that another one uses.
struct Used {
    name: String,
    file: FileId,
    /// It is of the library.
    library: bool,
}

/// The files of a module's sets, by the names that it gives them, or why they cannot be read.
type SetFiles = BTreeMap<String, Result<FileId, String>>;

impl Session<'_> {
    /// Reads what a module uses: other modules and the files of sets, which lie beside it, and what
    /// those modules use. `around` are the modules on the way to it. The trees of those that use others
    /// are kept.
    fn read_used(
        &mut self,
        id: FileId,
        around: &mut Vec<String>,
        used: &mut Vec<Used>,
        (lists, read): (&mut SetFiles, &mut Vec<(FileId, ast::Module)>),
    ) -> Result<(), Vec<Diagnostic>> {
        let file = self.files().get(id).clone();
        let folder = Path::new(file.name()).parent().unwrap_or(Path::new("")).to_path_buf();
        let filters = nbpfc_syntax::filters(file.text());
        let in_filters = filters.iter().flat_map(|filter| nbpfc_pcap::file_names(filter));
        let names = nbpfc_syntax::file_names(file.text()).into_iter();
        for name in names.chain(in_filters.map(str::to_owned)) {
            let list = self.add_list(&folder.join(&name));
            lists.insert(name, list);
        }
        if !file.text().contains("use") {
            return Ok(());
        }
        let (tree, found) = nbpfc_syntax::parse(&file, id);
        if found.iter().any(|d| d.severity != Severity::Warning) {
            return Err(found);
        }
        for item in &tree.items {
            let ast::ItemKind::Use(node) = &item.kind else { continue };
            let Some(module) = node.path.segments.first() else { continue };
            let name = &module.name;
            if around.contains(name) {
                let message = format!("`{name}` uses itself");
                let circle: Vec<_> =
                    around.iter().chain([name]).map(|n| format!("`{n}`")).collect();
                return Err(vec![
                    Diagnostic::error(Kind::Recursion, message, id, module.span)
                        .note(format!("the circle is {}", circle.join(" → ")))
                        .help("move what both need into a module of its own"),
                ]);
            }
            if used.iter().any(|other| other.name == *name) {
                continue;
            }
            let path = folder.join(format!("{name}.nbp"));
            // A file beside hides what the library has under its name.
            let of_library = nbpfc_stdlib::MODULES.iter().find(|module| module.name == name);
            let (other, library) = match (self.add_list(&path), of_library) {
                (Ok(other), _) => (other, false),
                (Err(_), Some(module)) => {
                    let file = format!("<library>/{}.nbp", module.name);
                    (self.add(File::new(file, module.text)), true)
                }
                (Err(why), None) => {
                    let message = format!("there is no module `{name}`: {}: {why}", path.display());
                    let error = Diagnostic::error(Kind::BadFile, message, id, module.span);
                    let names = nbpfc_stdlib::MODULES.iter().map(|module| module.name);
                    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
                    return Err(vec![
                        error
                            .note(format!("the library has {}", names.join(", ")))
                            .help(format!("modules are files beside this one: `{name}.nbp`")),
                    ]);
                }
            };
            used.push(Used { name: name.clone(), file: other, library });
            around.push(name.clone());
            self.read_used(other, around, used, (lists, read))?;
            around.pop();
        }
        read.push((id, tree));
        Ok(())
    }

    fn set_files<'s>(&'s self, found: &SetFiles) -> Lists<'s> {
        let mut lists = Lists::default();
        for (name, list) in found {
            lists.add(name, list.clone().map(|list| (list, self.files().get(list).text())));
        }
        lists
    }
}

fn named(program: &nbpfc_sema::Program, global: &nbpfc_lower::Global) -> Named {
    let var = &program.vars[global.var];
    Named {
        name: var.name.clone(),
        offset: global.offset,
        size: global.size,
        constant: global.constant,
        form: Form::of(program, &var.ty),
    }
}

fn other_hook(id: FileId, entry: &nbpfc_sema::Entry, hook: &str, wanted: &Hook) -> Diagnostic {
    let message = format!("`{}` is on {hook}, and {} is asked for", entry.name, wanted.name);
    Diagnostic::error(Kind::NotOnTarget, message, id, entry.span)
        .help(format!("leave the hook out on the command line, or write `on {}`", wanted.name))
}
