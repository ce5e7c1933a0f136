//! Programs in the nbp language.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use nbpfc_driver::{
    Build, Diagnostic, Filter, Hook, Level, Program, Programs, Session, System, Version, assembly,
    c_array,
};

use crate::args::{Args, Emit, Mode};
use crate::choice::one;
use crate::failure::Failure;
use crate::loading;
use crate::offline::{self, Input, Job};
use crate::output;
use crate::place::Place;
use crate::{attach, attach_nbp};

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
            doubtful: Place::of(&self.args.attach).is_some() || attach::is_running(self.kernel),
            ..Build::new(self.kernel)
        };
        let compiled = session.module(id, &build);
        let programs = compiled.map_err(|found| fail(&session, found))?;
        if let Some(job) = job {
            run(&programs, one(&programs, self.args.program.as_deref())?, job)?;
            return Ok(Vec::new());
        }
        if let Some(place) = Place::of(&self.args.attach) {
            if self.args.write.is_some() {
                return Err(Failure::Message(attach_nbp::WRITES.to_owned()));
            }
            let name = self.args.program.as_deref();
            attach_nbp::run(&session, id, &programs, name, place, &self.args.attach)?;
            return Ok(Vec::new());
        }
        let codes = programs.programs.iter().map(|program| (&*program.name, &program.code));
        let codes: Vec<_> = codes.collect();
        loading::ask(&session, id, programs.object().object(), &codes)?;
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
                Emit::Ir => text.push_str(&code.module.interleaved().to_string()),
                Emit::CArray => {
                    if let Some(what) = beside(program) {
                        let name = &program.name;
                        return Err(Failure::Message(format!(
                            "an array of instructions has no place for {what}, which `{name}` uses; \
                             write an object, with -o"
                        )));
                    }
                    text.push_str(&c_array(&code.code, &program.name));
                }
            }
        }
        Ok(text.into_bytes())
    }
}

/// What a program needs beside its instructions.
fn beside(program: &Program) -> Option<String> {
    let Filter { code, module, .. } = &program.code;
    if let Some(reference) = code.maps.first() {
        let name = module.maps.get(reference.map).map_or("", |map| &map.name);
        // Variables are in sections.
        let is_map = !name.is_empty() && !name.starts_with('.');
        return Some(if is_map { format!("the map `{name}`") } else { "variables".to_owned() });
    }
    let is_table = !code.relocations.is_empty();
    is_table.then(|| "the table of a set or of a list of constants".to_owned())
}

fn fail(session: &Session<'_>, found: Vec<Diagnostic>) -> Failure {
    Failure::Source(session.files().clone(), found)
}

/// Runs a program on every packet of a capture, and says how many got which verdict.
fn run(programs: &Programs, program: &Program, job: &Job) -> Result<(), Failure> {
    let input = Input::open(&job.input)?;
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    let ended = offline::each_of(programs, program, input, job, |verdict| {
        *counts.entry(verdict).or_default() += 1;
    })?;
    let mut text = String::new();
    for (verdict, count) in counts {
        let _ = writeln!(text, "{} {count}", program.verdict_name(verdict));
    }
    if job.output.as_deref() == Some(Path::new("-")) {
        eprint!("{text}");
    } else if !job.trace {
        output::print(&text)?;
    }
    ended
}
