//! Programs in the nbp language.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use nbpfc_driver::{
    Build, Diagnostic, FileId, Hook, Level, Program, Programs, Session, System, Version, assembly,
    c_array,
};
use nbpfc_loader::load_object;
use nbpfc_loader::signals::{Signals, Stop};

use crate::args::{Args, Emit};
use crate::attach;
use crate::failure::Failure;
use crate::offline::{self, Input, Job};
use crate::output;
use crate::place::{self, Place};

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
            ..Build::new(self.kernel)
        };
        let compiled = session.module(id, &build);
        let programs = compiled.map_err(|found| fail(&session, found))?;
        if let Some(job) = job {
            run(self.one(&programs)?, job)?;
            return Ok(Vec::new());
        }
        if let Some(place) = Place::of(&self.args.attach) {
            self.attach(&session, id, &programs, place)?;
            return Ok(Vec::new());
        }
        self.emit(&programs)
    }

    /// The program that `--program` names, or the only one.
    fn one<'p>(&self, programs: &'p Programs) -> Result<&'p Program, Failure> {
        let names = || {
            let names: Vec<_> = programs.programs.iter().map(|p| p.name.as_str()).collect();
            names.join(", ")
        };
        match (&self.args.program, programs.programs.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(Failure::Message(format!(
                "there are several programs; choose with --program: {}",
                names()
            ))),
            (Some(name), all) => {
                all.iter().find(|program| program.name == *name).ok_or_else(|| {
                    Failure::Message(format!("there is no program '{name}', but {}", names()))
                })
            }
        }
    }

    fn emit(&self, programs: &Programs) -> Result<Vec<u8>, Failure> {
        let mut text = String::new();
        let several = programs.programs.len() > 1;
        for program in &programs.programs {
            let code = &program.code;
            match self.args.emit.unwrap_or(Emit::Obj) {
                Emit::Obj => {
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
        let program = self.one(programs)?;
        let verified = programs.object_of(program);
        let hook = program.code.target.hook;
        place::check(hook, place, args)?;
        if args.pin.is_some() {
            let text = "--pin is for expressions, whose counters it keeps; nbp programs have none";
            return Err(Failure::Message(text.to_owned()));
        }
        let signals = Signals::hold().map_err(|error| attach::failed(&error))?;
        let sharing = place::sharing(hook, place, &program.name, args)?;
        let loaded = match &sharing {
            None => load_object(verified.object(), &program.name, hook, 0),
            Some(sharing) => sharing.load(verified.object(), &program.name),
        };
        let loaded = loaded
            .map_err(|error| attach::refused(session, id, &program.code, &error, args.verbose))?;
        let attached = place::attach(&loaded.program, &program.code, place, sharing, args)?;
        let end = args.duration.and_then(|time| Instant::now().checked_add(time));
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            let stop = signals.wait(left);
            let stop = stop.map_err(|error| attach::failed(&error))?;
            if stop != Stop::Elapsed || end.is_some_and(|end| Instant::now() >= end) {
                break;
            }
        }
        drop(attached);
        Ok(())
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
