//! Tests that stand beside programs, run: packets built, verdicts and memory compared.

mod show;
mod memory;
mod evaluate;
mod bits;
mod build;
mod dissect;
mod contents;
mod coverage;
mod runner;
mod steps;

use std::path::Path;

use nbpfc_isa::Insn;
use nbpfc_kernel::{Helper, ProgramType};
use nbpfc_sema::{Step, StepKind};
use nbpfc_source::{Code, Diagnostic, FileId};

pub use contents::{Contents, Left};
pub use coverage::{LineCoverage, Missed, Reached};
pub use runner::{Outcome, Runner};

use self::runner::Emulated;
use self::steps::Trial;
use crate::nbp::{Program, Programs};
use crate::session::Session;

impl Programs {
    /// What the tests of the module show, in the order of the source; none if they were not asked
    /// for.
    pub fn tests(&self) -> impl Iterator<Item = &str> {
        self.meaning().tests.iter().map(|test| test.name.as_str())
    }

    /// Why the kernel cannot run a test, if that is so: test runs take neither time nor what is known
    /// of a packet beside its bytes, and packets of theirs are on no route.
    pub fn not_in_kernel(&self, test: usize) -> Option<&'static str> {
        if self.meaning().tests.get(test).is_some_and(|test| sets_surroundings(&test.steps)) {
            return Some("it sets time or context");
        }
        let needs_route = |program: &Program| {
            let calls = |insn: &Insn| *insn == Insn::call(Helper::LWT_PUSH_ENCAP.id);
            program.code.target.hook.program_type == ProgramType::LwtXmit
                && program.code.code.insns.iter().any(calls)
        };
        let routed = self.programs.iter().any(needs_route);
        routed.then_some("headers go around packets of lwt.xmit on their route only")
    }
}

fn sets_surroundings(steps: &[Step]) -> bool {
    steps.iter().any(|step| match &step.kind {
        StepKind::Advance(_) => true,
        StepKind::Run(run) => !run.context.is_empty(),
        StepKind::For(_, _, steps) => sets_surroundings(steps),
        _ => false,
    })
}

impl Session<'_> {
    /// Runs a test in the emulator, and step by step also by `other`. The file `id` is the one that
    /// the programs were compiled from. Empty if all that the test says holds.
    ///
    /// # Errors
    /// What does not hold, or what could not be done.
    pub fn test(
        &self,
        id: FileId,
        programs: &Programs,
        index: usize,
        other: Option<&mut dyn Runner>,
        reached: Option<&mut Reached>,
    ) -> Result<(), Vec<Diagnostic>> {
        let Some(test) = programs.meaning().tests.get(index) else { return Ok(()) };
        let mut emulated = Emulated::new(programs, reached)
            .map_err(|error| vec![Diagnostic::error(Code::TestFailed, error, id, test.span)])?;
        let folder = Path::new(self.files().get(id).name()).parent();
        let mut runners: Vec<&mut dyn Runner> = vec![&mut emulated];
        if let Some(other) = other {
            runners.push(other);
        }
        let folder = folder.unwrap_or(Path::new(""));
        let trial = Trial::new(programs, test, id, folder, self.world(), runners);
        let findings = trial.run();
        if findings.is_empty() { Ok(()) } else { Err(findings) }
    }
}
