//! Tests that stand beside programs, run: packets built, verdicts and memory compared.

mod decided;
mod show;
mod memory;
mod bits;
mod build;
mod condition;
mod dissect;
mod contents;
mod coverage;
mod runner;
mod steps;
mod place;
mod claim;
mod packet;
mod run;
mod redirect;

use std::path::Path;

use nbpfc_isa::Insn;
use nbpfc_kernel::{Helper, ProgramType};
use nbpfc_sema::{Step, StepKind};
use nbpfc_source::{Code, Diagnostic, FileId};

pub use contents::{Contents, Left};
pub use coverage::{LineCoverage, Missed, Reached};
pub use decided::{Decided, decided};
pub use runner::{Outcome, Runner};

use self::runner::Emulated;
use self::steps::Trial;
use crate::nbp::{Program, Programs};
use crate::session::Session;
use crate::used_maps;

impl Programs {
    /// What the tests of the module show, in the order of the source; none if they were not asked
    /// for.
    pub fn tests(&self) -> impl Iterator<Item = &str> {
        self.meaning().tests.iter().map(|test| test.name.as_str())
    }

    /// Why the kernel cannot run a test, if that is so: packets of test runs are on no route. Nor is what
    /// programs ask for the same in the kernel if it is its own; of time, random numbers and the processor
    /// the kernel's runner has it say what the emulator says.
    pub fn not_in_kernel(&self, test: usize) -> Option<&'static str> {
        let steps = self.meaning().tests.get(test).map_or(&[][..], |test| &test.steps);
        let runs = entries(steps);
        for program in runs.iter().filter_map(|entry| self.programs.get(*entry)) {
            // `bpf_prog_test_run_skb` of `net/bpf/test_run.c` leaves the link layer in front of the data
            // for hooks of tc and routes only.
            if program.code.target.hook.program_type == ProgramType::SocketFilter {
                return Some("test runs of socket filters begin behind the link layer");
            }
            let asks = |program: &Program, helper: &Helper| {
                program.code.code.insns.contains(&Insn::call(helper.id))
            };
            let mut reached = self.run_with(program);
            if !asks(program, &Helper::TAIL_CALL) {
                reached.truncate(1);
            }
            let calls = |helper: &Helper| reached.iter().any(|(_, program)| asks(program, helper));
            // `skb_get_hash` has a key of each boot (`__flow_hash_secret_init`, `net/core/flow_dissector.c`).
            if calls(&Helper::GET_HASH_RECALC) {
                return Some("the kernel hashes packets with a secret of its own");
            }
            // What the test says of these lies in a map.
            let full = |(_, program): &(usize, &Program)| used_maps::is_full(&program.code.code);
            if decided().any(|(helper, _)| calls(helper)) && reached.iter().any(full) {
                return Some(
                    "time and chance of tests are in a map, and the program uses all that it may",
                );
            }
            // Each test run has its own (`bpf_cgroup_storages_alloc` there).
            if runs.len() > 1 && calls(&Helper::GET_LOCAL_STORAGE) {
                return Some("each test run has new storage of its control group");
            }
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

/// The programs that are run, several times if they may be.
fn entries(steps: &[Step]) -> Vec<usize> {
    let mut all = Vec::new();
    for step in steps {
        match &step.kind {
            StepKind::Run(run) => all.push(run.entry),
            StepKind::For(_, _, steps) => {
                let inside = entries(steps);
                all.extend(inside.first());
                all.extend(inside);
            }
            _ => {}
        }
    }
    all
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
