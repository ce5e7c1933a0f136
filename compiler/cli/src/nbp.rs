//! Programs in the nbp language.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use nbpfc_driver::{
    Build, Diagnostic, FileId, Hook, Level, Program, Programs, Session, System, Version, assembly,
    c_array,
};
use nbpfc_loader::signals::Signals;

use crate::args::{Args, Emit, Mode};
use crate::attach;
use crate::counts::Counters;
use crate::events::Events;
use crate::failure::Failure;
use crate::loading::Loading;
use crate::meter::Meter;
use crate::offline::{self, Input, Job};
use crate::output;
use crate::pins::Description;
use crate::place::{self, Place};
use crate::watch::{Stream, Watch};

/// What the command line asks for, beside the file.
pub(crate) struct Task<'a> {
    pub(crate) args: &'a Args,
    pub(crate) kernel: Version,
    pub(crate) level: Option<Level>,
    pub(crate) hook: Option<&'static Hook>,
}

impl Task<'_> {
    /// Compiles a module, and does with it what the command line asks for.
    pub(crate) fn run(
        &self,
        file: nbpfc_driver::File,
        job: Option<&Job>,
    ) -> Result<Vec<u8>, Failure> {
        let world = System::default();
        let mut session = Session::new(&world);
        let id = session.add_module(file);
        let build = Build {
            level: self.level,
            hook: self.hook,
            optimise: !self.args.no_opt,
            counts: Place::of(&self.args.attach).is_some(),
            offload: self.args.attach.mode == Some(Mode::Offload),
            ..Build::new(self.kernel)
        };
        let compiled = session.module(id, &build);
        let programs = compiled.map_err(|found| fail(&session, found))?;
        if let Some(job) = job {
            run(one(&programs, self.args.program.as_deref())?, job)?;
            return Ok(Vec::new());
        }
        if let Some(place) = Place::of(&self.args.attach) {
            self.attach(&session, id, &programs, place)?;
            return Ok(Vec::new());
        }
        self.emit(&session, &programs)
    }

    fn emit(&self, session: &Session<'_>, programs: &Programs) -> Result<Vec<u8>, Failure> {
        let mut text = String::new();
        let several = programs.programs.len() > 1;
        for program in &programs.programs {
            let code = &program.code;
            match self.args.emit.unwrap_or(Emit::Obj) {
                Emit::Obj => {
                    if let Some(why) = programs.not_a_file() {
                        return Err(fail(session, vec![why]));
                    }
                    return programs.object().into_elf().map_err(|error| Failure::bug(&error));
                }
                Emit::Btf => {
                    let object = programs.object();
                    let btf = object.object().btf.as_ref().map(ToString::to_string);
                    return Ok(btf.unwrap_or_default().into_bytes());
                }
                Emit::Cbpf => {
                    let message = "classic BPF is made of expressions, not of nbp programs";
                    return Err(Failure::Message(message.to_owned()));
                }
                Emit::Asm => {
                    if several {
                        let _ = writeln!(text, "; program {}", program.name);
                    }
                    text.push_str(&assembly(&code.code, &code.file));
                }
                Emit::Ir => text.push_str(&code.module.to_string()),
                Emit::CArray => text.push_str(&c_array(&code.code, &program.name)),
            }
        }
        Ok(text.into_bytes())
    }

    /// Attaches the program until somebody stops it.
    fn attach(
        &self,
        session: &Session<'_>,
        id: FileId,
        programs: &Programs,
        place: Place<'_>,
    ) -> Result<(), Failure> {
        let args = &self.args.attach;
        if self.args.write.is_some() || args.snaplen.is_some() || args.buffer.is_some() {
            let text = "--write, --snaplen and --buffer are for expressions that capture; what nbp \
                        programs emit is printed";
            return Err(Failure::Message(text.to_owned()));
        }
        let program = one(programs, self.args.program.as_deref())?;
        let hook = program.code.target.hook;
        place::check(hook, place, args)?;
        let signals = Signals::hold().map_err(|error| attach::failed(&error))?;
        let pin = attach::reserve(args)?;
        let sharing = place::sharing(hook, place, &program.name, args)?;
        let device = attach::card(hook, place, args)?;
        let (verified, records) = programs.object_and_records(program);
        let loading = Loading {
            session,
            id,
            code: &program.code,
            object: verified.object(),
            name: &program.name,
            settings: &args.set,
            sharing: sharing.as_ref(),
            device: device.as_ref(),
            verbose: args.verbose,
        };
        let collection = loading.load()?;
        let apart = if device.is_none() { &program.verdicts[..] } else { &[] };
        let verdicts = apart.iter().map(|(name, _)| name.clone()).collect();
        let name = program.counters.as_deref().unwrap_or_default();
        let counters = Counters { map: attach::map(&collection, name)?, verdicts };
        let types = verified.object().btf.clone().unwrap_or_default();
        let events = Events::open(&collection, records, types, args.json);
        let events = events.map_err(|error| attach::failed(&error))?;
        let runs = attach::runs(args);
        let loaded = collection.program(&program.name).map_err(|error| attach::failed(&error))?;
        let attached = place::attach(loaded, &program.code, place, sharing, args)?;
        if let Some(pin) = pin {
            let description = Description {
                hook: hook.name,
                place: &place.anywhere(),
                action: &program.name,
                expression: program.code.file.name(),
            };
            return attach::keep(pin, attached, &counters, &description, args);
        }
        let meter = Meter::new(args.json, false, events.is_some());
        let stream = events.map_or(Stream::Nothing, Stream::Events);
        let (signals, name, duration) = (&signals, &program.name, args.duration);
        let collection = &collection;
        let watch =
            Watch { signals, attached, name, collection, counters, stream, meter, duration, runs };
        watch.run()
    }
}

/// The program of a name, or the only one.
pub(crate) fn one<'p>(programs: &'p Programs, name: Option<&str>) -> Result<&'p Program, Failure> {
    let names = || {
        let names: Vec<_> = programs.programs.iter().map(|p| p.name.as_str()).collect();
        names.join(", ")
    };
    match (name, programs.programs.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(Failure::Message(format!(
            "there are several programs; choose with --program: {}",
            names()
        ))),
        (Some(name), all) => all.iter().find(|program| program.name == *name).ok_or_else(|| {
            Failure::Message(format!("there is no program '{name}', but {}", names()))
        }),
    }
}

fn fail(session: &Session<'_>, found: Vec<Diagnostic>) -> Failure {
    Failure::Source(session.files().clone(), found)
}

/// Runs a program on every packet of a capture, and says how many got which verdict.
fn run(program: &Program, job: &Job) -> Result<(), Failure> {
    let input = Input::open(&job.input)?;
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    let ended = offline::each(&program.code, input, job, |verdict| {
        *counts.entry(verdict).or_default() += 1;
    })?;
    let mut text = String::new();
    for (verdict, count) in counts {
        let name = program.verdicts.iter().find(|(_, number)| *number == verdict);
        let _ = match name {
            Some((name, _)) => writeln!(text, "{name} {count}"),
            None => writeln!(text, "{verdict} {count}"),
        };
    }
    if job.output.as_deref() == Some(Path::new("-")) {
        eprint!("{text}");
    } else if !job.trace {
        output::print(&text)?;
    }
    ended
}
