//! Runs of programs, and what is expected of them.

use nbpfc_emulator::Packet;
use nbpfc_kernel::{Field, FieldSource, Hook, Known};
use nbpfc_sema::{Entry, Expectation, Expr, HeaderId, HookField, MapId, Run, Type, Value};
use nbpfc_source::Span;

use super::dissect::{describe, differences};
use super::memory::{decode, member_value, member_words};
use super::runner::Outcome;
use super::show::show;
use super::steps::{Stop, Trial};
use crate::nbp::named_verdict;

impl<'t> Trial<'t> {
    pub(super) fn run_step(&mut self, run: &'t Run, span: Span) -> Result<(), Stop> {
        let entry = &self.program.entries[run.entry];
        let bytes = match &run.packet {
            Some(packet) => self.packet(packet, entry)?,
            None => Vec::new(),
        };
        let packet_type = self.program.hooks[entry.hook].row.tried_packet_type(&bytes);
        let mut packet = Packet { interface: 1, packet_type, ..Packet::new(&bytes) };
        let mut context = Vec::new();
        for (field, value) in &run.context {
            let value = self.value(value)?;
            let number = value.number().unwrap_or(0) as u32;
            match field.row {
                Known::Field(Field::InterfaceIndex) => packet.interface = number,
                Known::Field(Field::PacketType) => packet.packet_type = number,
                Known::Field(Field::VlanTci) => packet.tag = Some(number as u16),
                Known::Field(Field::Length) => packet.length = number,
                Known::Field(Field::VlanPresent) => {}
                Known::Member(row) => {
                    context.extend(member_words(self.program, row, &field.ty, &value));
                }
            }
        }
        let mut answers = Vec::new();
        for (helper, value) in &run.answers {
            answers.push((helper.id, self.value(value)?.number().unwrap_or(0) as u64));
        }
        (packet.context, packet.answers) = (&context, &answers);
        let (mut outcomes, mut behind): (Vec<Outcome>, Vec<usize>) = Default::default();
        for index in 0..self.runners.len() {
            match self.runners[index].run(run.entry, &packet) {
                Ok(Some(outcome)) => outcomes.push(outcome),
                Ok(None) => behind.push(index),
                Err(error) => {
                    let who = self.runners[index].name();
                    let message = format!("`{}` fails: {error}", entry.name);
                    let finding = self.fail(span, message);
                    finding.notes.push(format!("so says {who}"));
                    return Err(Stop);
                }
            }
        }
        self.agree(entry, &outcomes, span);
        let start = self.program.hooks[entry.hook].packet;
        let same = outcomes.windows(2).all(|pair| pair[0].agrees(&pair[1]));
        for expectation in &run.expectations {
            if let Expectation::Event(map, value) = expectation {
                for index in 0..outcomes.len() {
                    self.event(*map, value, index)?;
                }
                continue;
            }
            if let Expectation::Known(field, ..) = expectation {
                let hook = self.program.hooks[entry.hook].row;
                for (outcome, runner) in outcomes.iter().zip(&mut self.runners) {
                    if known(hook, field, outcome).is_none() {
                        runner.untold(&field.name);
                    }
                }
            }
            // What all say the same is said once.
            let told = if same { &outcomes[..1] } else { &outcomes };
            for (index, outcome) in told.iter().enumerate() {
                let of = if same { String::new() } else { self.of(index) };
                self.expected(expectation, entry, outcome, &of, (start, &bytes))?;
            }
        }
        // Who did not see a packet does not remember it.
        let program = self.program;
        if !program.maps.is_empty() || program.vars.values().any(|var| !var.constant) {
            for index in behind.into_iter().rev() {
                self.runners.remove(index);
            }
        }
        Ok(())
    }

    /// All runners say the same, whatever is expected.
    pub(super) fn agree(&mut self, entry: &Entry, outcomes: &[Outcome], span: Span) {
        let [first, others @ ..] = outcomes else { return };
        for (index, other) in others.iter().enumerate() {
            if other.agrees(first) {
                continue;
            }
            let (a, b) = (self.runners[0].name(), self.runners[index + 1].name());
            let notes = if first.verdict == other.verdict {
                let hook = &self.program.hooks[entry.hook];
                let mut notes =
                    differences(self.program, hook.packet, &other.packet, &first.packet);
                for (at, ours) in &first.context {
                    let theirs = other.context.get(at).filter(|theirs| *theirs != ours);
                    let name = hook.row.context.name_at(*at);
                    notes.extend(
                        theirs.map(|theirs| format!("{name} is {ours} in {a}, {theirs} in {b}")),
                    );
                }
                notes
            } else {
                let verdicts = [first.verdict, other.verdict];
                let [ours, theirs] = verdicts.map(|verdict| self.verdict_name(entry, verdict));
                vec![format!("{a} returns {ours}, {b} {theirs}")]
            };
            let finding = self.fail(span, format!("{a} and {b} do not agree"));
            finding.notes.extend(notes);
        }
    }

    pub(super) fn verdict_name(&self, entry: &Entry, verdict: u32) -> String {
        let hook = &self.program.hooks[entry.hook];
        named_verdict(&hook.verdicts, hook.row, verdict)
    }

    fn expected(
        &mut self,
        expectation: &'t Expectation,
        entry: &Entry,
        outcome: &Outcome,
        of: &str,
        (start, given): (Option<HeaderId>, &[u8]),
    ) -> Result<(), Stop> {
        match expectation {
            Expectation::Verdict(wanted, span) => {
                let wanted = wanted.number().unwrap_or(0) as u32;
                if outcome.verdict != wanted {
                    let said = self.verdict_name(entry, outcome.verdict);
                    let message = format!("`{}` returns {said}{of}", entry.name);
                    let packet = describe(self.program, start, given);
                    let wanted = self.verdict_name(entry, wanted);
                    let finding = self.fail(*span, message);
                    finding.notes.push(format!("expected {wanted}, for {packet}"));
                }
            }
            Expectation::Redirect(to, span) => {
                if let Some((said, wanted)) = self.misdirected(to, entry, outcome)? {
                    let packet = describe(self.program, start, given);
                    let message = format!("`{}` returns {said}{of}", entry.name);
                    let finding = self.fail(*span, message);
                    finding.notes.push(format!("expected {wanted}, for {packet}"));
                }
            }
            Expectation::Packet(packet) => {
                let wanted = self.packet(packet, entry)?;
                if outcome.packet != wanted {
                    let message = format!("the packet afterwards is another one{of}");
                    let lines = differences(self.program, start, &outcome.packet, &wanted);
                    let finding = self.fail(packet.span, message);
                    finding.notes.extend(lines);
                }
            }
            Expectation::Known(field, element, wanted) => {
                let value = self.value(wanted)?;
                let hook = self.program.hooks[entry.hook].row;
                // What a runner does not tell, the emulator does.
                let Some(words) = known(hook, field, outcome) else { return Ok(()) };
                let mut found = match field.row {
                    Known::Member(row) => member_value(self.program, row, &field.ty, &words),
                    Known::Field(_) => Value::Int(words.first().copied().unwrap_or(0).into()),
                };
                let (mut name, mut ty) = (field.name.clone(), &field.ty);
                if let (Some(at), Type::Array(of, count)) = (element, ty) {
                    let number = self.value(at)?.number().unwrap_or(0);
                    let one = match found {
                        Value::Fields(all) => {
                            usize::try_from(number).ok().and_then(|at| all.into_iter().nth(at))
                        }
                        _ => None,
                    };
                    let Some(one) = one else {
                        let message = format!("`{name}` has the elements 0 to {}", count - 1);
                        return Err(self.stop(at.span, message));
                    };
                    (found, name, ty) = (one, format!("{name}[{number}]"), &**of);
                }
                if found != value {
                    let message = format!("`{name}` is another one afterwards{of}");
                    self.differs(wanted.span, message, ty, [&found, &value]);
                }
            }
            Expectation::Event(..) => {}
        }
        Ok(())
    }

    fn event(&mut self, map: MapId, wanted: &Expr, index: usize) -> Result<(), Stop> {
        let value = self.value(wanted)?;
        let data = &self.program.maps[map];
        let found = match self.runners[index].event(map.as_u32() as usize) {
            Ok(found) => found,
            Err(error) => return Err(self.stop(wanted.span, error)),
        };
        let of = self.of(index);
        let Some(bytes) = found else {
            self.fail(wanted.span, format!("there is no event in `{}`{of}", data.name));
            return Ok(());
        };
        let found = decode(self.program, &data.value, &bytes);
        if found != value {
            let message = format!("the event in `{}` is another one{of}", data.name);
            self.differs(wanted.span, message, &data.value, [&found, &value]);
        }
        Ok(())
    }

    /// A value is this one, and was expected to be that one.
    fn differs(&mut self, span: Span, message: String, ty: &Type, values: [&Value; 2]) {
        let [found, wanted] = values.map(|value| show(self.program, ty, value));
        let finding = self.fail(span, message);
        finding.notes.push(format!("it is {found}"));
        finding.notes.push(format!("expected {wanted}"));
    }
}

/// The words of what is known of a packet after a run, if who ran it tells.
fn known(hook: &Hook, field: &HookField, outcome: &Outcome) -> Option<Vec<u32>> {
    let word = |at| outcome.context.get(&at).copied();
    match field.row {
        Known::Member(row) => row.words().map(word).collect(),
        Known::Field(field) => {
            let source = hook.fields.iter().find(|(other, _)| *other == field);
            let word = match source?.1 {
                FieldSource::Context(at) => word(at)?,
                FieldSource::Span | FieldSource::Call(_) => outcome.packet.len() as u32,
                FieldSource::Constant(number) => number,
            };
            Some(vec![word])
        }
    }
}
