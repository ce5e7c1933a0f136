//! One test, step by step.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use nbpfc_capture::LinkType;
use nbpfc_sema::{LocalId, Program, Rounds, Step, StepKind, Test, Value};
use nbpfc_source::{Code, Diagnostic, FileId, Span};

use super::condition::Conditions;
use super::runner::Runner;
use super::show::show;
use crate::nbp::Programs;
use crate::world::World;

/// The most findings of one test.
const MOST: usize = 10;
/// The most rounds of a test's loop.
const ROUNDS: i128 = 1 << 20;

/// Why a test cannot go on; the finding is noted.
pub(super) struct Stop;

/// A test that is being run.
pub(super) struct Trial<'t> {
    pub(super) programs: &'t Programs,
    pub(super) program: &'t Program,
    pub(super) test: &'t Test,
    pub(super) file: FileId,
    /// Where the module stands, for files that are named in it.
    pub(super) folder: &'t Path,
    pub(super) world: &'t dyn World,
    pub(super) runners: Vec<&'t mut dyn Runner>,
    pub(super) locals: BTreeMap<LocalId, Value>,
    pub(super) conditions: Conditions<'t>,
    pub(super) captures: HashMap<String, (LinkType, Vec<Vec<u8>>)>,
    findings: Vec<Diagnostic>,
}

impl<'t> Trial<'t> {
    pub(super) fn new(
        programs: &'t Programs,
        test: &'t Test,
        file: FileId,
        folder: &'t Path,
        world: &'t dyn World,
        runners: Vec<&'t mut dyn Runner>,
    ) -> Self {
        Self {
            programs,
            program: programs.meaning(),
            test,
            file,
            folder,
            world,
            runners,
            locals: BTreeMap::new(),
            conditions: Conditions::new(programs, file),
            captures: HashMap::new(),
            findings: Vec::new(),
        }
    }

    /// What the test finds.
    pub(super) fn run(mut self) -> Vec<Diagnostic> {
        // That it stopped is among the findings.
        let _ = self.steps(&self.test.steps);
        self.findings
    }

    pub(super) fn fail(&mut self, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let mut finding = Diagnostic::error(Code::TestFailed, message, self.file, span);
        // Which round of a loop it is.
        for (local, value) in &self.locals {
            let data = &self.test.locals[*local];
            if data.span.start < span.start && matches!(value, Value::Int(_)) {
                let shown = show(self.program, &data.ty, value);
                finding.notes.push(format!("`{}` is {shown}", data.name));
            }
        }
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    pub(super) fn stop(&mut self, span: Span, message: impl Into<String>) -> Stop {
        self.fail(span, message);
        Stop
    }

    fn steps(&mut self, steps: &'t [Step]) -> Result<(), Stop> {
        for step in steps {
            self.step(step)?;
            if self.findings.len() >= MOST {
                return Err(Stop);
            }
        }
        Ok(())
    }

    pub(super) fn step(&mut self, step: &'t Step) -> Result<(), Stop> {
        match &step.kind {
            StepKind::Let(local, value) => {
                let value = self.value(value)?;
                self.locals.insert(*local, value);
            }
            StepKind::Put(place, value) => self.put(place, value, step.span)?,
            StepKind::Advance(time) => {
                let time = self.value(time)?.number().unwrap_or(0);
                let time = u64::try_from(time).unwrap_or(u64::MAX);
                for runner in &mut self.runners {
                    if let Err(why) = runner.advance(time) {
                        return Err(self.stop(step.span, why));
                    }
                }
            }
            StepKind::Expect(claim) => self.expect(claim, step.span)?,
            StepKind::Run(run) => self.run_step(run, step.span)?,
            StepKind::For(local, rounds, steps) => self.rounds(*local, rounds, steps)?,
        }
        Ok(())
    }

    fn rounds(
        &mut self,
        local: LocalId,
        rounds: &'t Rounds,
        steps: &'t [Step],
    ) -> Result<(), Stop> {
        let values: Box<dyn Iterator<Item = Value>> = match rounds {
            Rounds::Numbers(start, end) => {
                let bound = |value: Value| value.number().unwrap_or(0);
                let numbers = bound(self.value(start)?)..bound(self.value(end)?);
                if numbers.end - numbers.start > ROUNDS {
                    let message = format!("this loop has more than {ROUNDS} rounds");
                    return Err(self.stop(end.span, message));
                }
                Box::new(numbers.map(Value::Int))
            }
            Rounds::Elements(all) => match self.value(all)? {
                Value::Fields(all) | Value::Set(all) => Box::new(all.into_iter()),
                _ => Box::new(std::iter::empty()),
            },
        };
        for value in values {
            self.locals.insert(local, value);
            let found = self.findings.len();
            self.steps(steps)?;
            // What fails in one round fails in others.
            if self.findings.len() > found {
                break;
            }
        }
        self.locals.remove(&local);
        Ok(())
    }
}
