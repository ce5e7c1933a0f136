//! Programs into the kernel, or onto a network card, before they are attached.

use std::fmt::Write as _;

use nbpfc_driver::{Diagnostic, FileId, Filter, Limits, Object, Session, Severity};
use nbpfc_loader::{Collection, Error, Interface, Opened, Program, Sharing};

use crate::failure::Failure;
use crate::findings;

/// Bit 4 of `log_level`: the verifier's counts alone.
const STATISTICS: u32 = 4;

/// Where the estimate of the verifier's work stops: what loads comes to neither.
const LIMITS: Limits = Limits { processed: 1_000_000, pending: 8192 };

/// What is loaded, and for whom.
pub(crate) struct Loading<'a> {
    pub(crate) session: &'a Session<'a>,
    /// The file that the program comes from.
    pub(crate) id: FileId,
    pub(crate) object: &'a Object,
    /// The programs that are to be attached, by their names in it; one if the place is shared.
    pub(crate) programs: &'a [(&'a str, &'a Filter)],
    /// Parameters, `NAME=VALUE`.
    pub(crate) settings: &'a [String],
    /// Whose place among several it gets.
    pub(crate) sharing: Option<&'a Sharing>,
    /// Whose card runs it.
    pub(crate) device: Option<&'a Interface>,
    pub(crate) verbose: bool,
}

/// Asks the running kernel about programs that the compiler doubts. What is loaded for that is gone again.
pub(crate) fn ask(
    session: &Session<'_>,
    id: FileId,
    object: &Object,
    programs: &[(&str, &Filter)],
) -> Result<(), Failure> {
    let Some(doubt) = programs.iter().find_map(|(_, code)| code.doubt.as_ref()) else {
        return Ok(());
    };
    let (settings, sharing, device) = (&[][..], None, None);
    let loading =
        Loading { session, id, object, programs, settings, sharing, device, verbose: false };
    match loading.load() {
        Ok(_) => {
            let text =
                "more ways than nbpfc allows; the running kernel was asked, and takes the program";
            eprint!("{}", findings::sentence(Severity::Warning, text));
            Ok(())
        }
        Err(Failure::Message(text)) => {
            let doubt = doubt.clone().note(format!("the running kernel cannot be asked: {text}"));
            Err(Failure::Source(session.files().clone(), vec![doubt]))
        }
        Err(failure) => Err(failure),
    }
}

impl Loading<'_> {
    /// Loads it, and its maps.
    pub(crate) fn load(&self) -> Result<Collection, Failure> {
        let failed = |error: Error| Failure::Message(error.to_string());
        let mut opened = Opened::new(self.object.clone());
        for setting in self.settings {
            opened.set_assignment(setting).map_err(failed)?;
        }
        opened.only(&[]).map_err(failed)?;
        for (name, code) in self.programs {
            let plan = opened.program(name).map_err(failed)?;
            plan.set_hook(code.target.hook);
            if self.verbose {
                plan.log_level = STATISTICS;
            }
        }
        if let Some(device) = self.device {
            opened.set_device(device);
        }
        let loaded = match (self.sharing, self.programs) {
            (Some(sharing), [(name, _)]) => sharing.load(opened, name),
            _ => opened.load(),
        };
        let collection = loaded.map_err(|error| match error {
            Error::Program { name, error } => self.refused(&name, &error),
            error => failed(error),
        })?;
        for (name, code) in self.programs.iter().filter(|_| self.verbose) {
            let program = collection.program(name).map_err(failed)?;
            eprint!("{}", described(program, code).map_err(failed)?);
        }
        Ok(collection)
    }

    /// Why the kernel did not take it, at the place in its source.
    fn refused(&self, name: &str, error: &Error) -> Failure {
        let code = self.programs.iter().find(|(other, _)| *other == name);
        let Some((_, code)) = code.filter(|_| !error.log().is_empty()) else {
            return Failure::Message(error.to_string());
        };
        let mut diagnostic = match &code.doubt {
            Some(doubt) => refused(doubt, error),
            None => code.rejection(self.id, error.log()),
        };
        if self.verbose {
            diagnostic = diagnostic.note(format!("the whole log:\n{}", error.log().trim_end()));
        }
        Failure::Source(self.session.files().clone(), vec![diagnostic])
    }
}

/// A program that was expected to be too much for the verifier, and is.
fn refused(doubt: &Diagnostic, error: &Error) -> Diagnostic {
    let last = error.log().lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    doubt.clone().note(format!("the running kernel was asked, and says: {last}"))
}

/// What the kernel made of a program.
fn described(program: &Program, code: &Filter) -> Result<String, Error> {
    let info = program.info()?;
    let mut text = format!("program {}: {} bytes", info.id, info.xlated_bytes);
    let _ = match info.jited_bytes {
        0 => write!(text, ", not compiled to machine code"),
        bytes => write!(text, ", {bytes} of machine code"),
    };
    if let Some(found) = program.statistics() {
        let _ = write!(
            text,
            "; the verifier processed {} instructions ({} expected), kept {} states, {} at most at a time",
            found.processed_insns,
            code.complexity(LIMITS).processed,
            found.total_states,
            found.peak_states
        );
    }
    text.push('\n');
    Ok(text)
}
