//! One test, step by step.

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;
use std::path::Path;

use nbpfc_capture::{LinkType, Reader};
use nbpfc_emulator::Packet;
use nbpfc_kernel::{Field, Known, Layer as Height, ValueKind};
use nbpfc_lower::globals;
use nbpfc_sema::{
    Claim, Entry, Expectation, Expr, ExprKind, Given, HeaderId, Layer, LocalId, Map, MapId, Memory,
    Part as TypedPart, Program, Root, Rounds, Run, Step, StepKind, Test, TestPacket,
    TestPacketKind, Type, Value, answer, field_offset, locate, size_of,
};
use nbpfc_source::{Code, Diagnostic, FileId, Span};

use super::build::{Part, build};
use super::condition::Conditions;
use super::dissect::{describe, differences};
use super::memory::{decode, encode, member_value, member_words};
use super::runner::{Outcome, Runner};
use super::show::show;
use crate::frames::Frames;
use crate::nbp::{Programs, named_verdict};
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
    locals: BTreeMap<LocalId, Value>,
    conditions: Conditions<'t>,
    captures: HashMap<String, (LinkType, Vec<Vec<u8>>)>,
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

    fn fail(&mut self, span: Span, message: impl Into<String>) -> &mut Diagnostic {
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

    fn stop(&mut self, span: Span, message: impl Into<String>) -> Stop {
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

    fn step(&mut self, step: &'t Step) -> Result<(), Stop> {
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

    /// The value of an expression, which is the same for all runners.
    pub(super) fn value(&mut self, expr: &Expr) -> Result<Value, Stop> {
        let first = self.value_of(expr, 0)?;
        for runner in 1..self.runners.len() {
            let other = self.value_of(expr, runner)?;
            if other != first {
                let (a, b) = (self.runners[0].name(), self.runners[runner].name());
                let message = format!("{a} and {b} do not agree");
                let [ours, theirs] =
                    [&first, &other].map(|value| show(self.program, &expr.ty, value));
                let finding = self.fail(expr.span, message);
                finding.notes.push(format!("{a} has {ours}, {b} {theirs}"));
                return Err(Stop);
            }
        }
        Ok(first)
    }

    /// The value of an expression, as one of the runners has it.
    fn value_of(&mut self, expr: &Expr, runner: usize) -> Result<Value, Stop> {
        let (program, locals) = (self.program, self.locals.clone());
        let found = answer(program, locals, expr, &mut |place| self.lies(place, runner));
        found.map_err(|(span, why)| self.stop(span, format!("{why}{}", self.of(runner))))
    }

    /// Where a place is, as one of the runners has it.
    fn located(&mut self, place: &Expr, runner: usize) -> Result<Memory, Stop> {
        let (program, locals) = (self.program, self.locals.clone());
        let found = locate(program, locals, place, &mut |place| self.lies(place, runner));
        found.map_err(|(span, why)| self.stop(span, format!("{why}{}", self.of(runner))))
    }

    /// Whose finding it is, if there are several that it may be of.
    fn of(&self, runner: usize) -> String {
        match self.runners.get(runner) {
            Some(runner) if self.runners.len() > 1 => format!(", says {}", runner.name()),
            _ => String::new(),
        }
    }

    /// The map, the key, and the place in its value where something lies, with its size.
    fn address(&self, place: &Memory) -> Result<(usize, Vec<u8>, usize, usize), String> {
        let program = self.program;
        let (map, key, mut at, mut ty) = match &place.root {
            Root::Element(map, key) => {
                let data = &program.maps[*map];
                let key = encode(program, &data.key, key);
                (map.as_u32() as usize, key, 0, held(data))
            }
            Root::Var(var) => {
                let all = globals(program);
                let global = all.iter().find(|global| global.var == *var);
                let constant = program.vars[*var].constant;
                let maps = self.programs.programs.first().map(|one| &one.code.module.maps);
                let section = maps.and_then(|maps| {
                    maps.values().position(|map| map.is_globals() && map.constant == constant)
                });
                let (Some(global), Some(section)) = (global, section) else {
                    return Err("no program has this variable".to_owned());
                };
                let ty = program.vars[*var].ty.clone();
                (section, vec![0; 4], global.offset as usize, ty)
            }
        };
        for index in &place.path {
            at += field_offset(program, &ty, *index) as usize;
            ty = match ty {
                Type::Struct(id) => program.structs[id].fields[*index as usize].ty.clone(),
                Type::Array(element, _) => *element,
                other => other,
            };
        }
        Ok((map, key, at, size_of(program, &ty) as usize))
    }

    /// What lies at a place, as one of the runners has it; `None` where there is no element.
    fn lies(&mut self, place: &Memory, runner: usize) -> Result<Option<Value>, String> {
        let (map, key, at, size) = self.address(place)?;
        let bytes = self.runners[runner].get(map, &key)?;
        Ok(bytes.map(|bytes| {
            let own = bytes.get(at..).unwrap_or_default();
            decode(self.program, &place.ty, &own[..size.min(own.len())])
        }))
    }

    fn put(&mut self, place: &Expr, value: &Expr, span: Span) -> Result<(), Stop> {
        let mut behind = Vec::new();
        for runner in 0..self.runners.len() {
            let value = self.value_of(value, runner)?;
            let place = self.located(place, runner)?;
            match self.put_in(runner, &place, &value) {
                Ok(true) => {}
                Ok(false) => behind.push(runner),
                Err(why) => return Err(self.stop(span, why)),
            }
        }
        for runner in behind.into_iter().rev() {
            self.runners.remove(runner);
        }
        Ok(())
    }

    fn put_in(&mut self, runner: usize, place: &Memory, value: &Value) -> Result<bool, String> {
        let (map, key, at, size) = self.address(place)?;
        let whole = match &place.root {
            Root::Element(map, _) => {
                size_of(self.program, &held(&self.program.maps[*map])) as usize
            }
            Root::Var(_) => 0,
        };
        let own = encode(self.program, &place.ty, value);
        let bytes = self.runners[runner].get(map, &key)?;
        let mut bytes = bytes.unwrap_or_else(|| vec![0; whole]);
        if let Some(part) = bytes.get_mut(at..at + size.min(own.len())) {
            part.copy_from_slice(&own[..part.len()]);
        }
        self.runners[runner].set(map, &key, &bytes)
    }

    fn expect(&mut self, claim: &Claim, span: Span) -> Result<(), Stop> {
        let mut failed = Vec::new();
        for index in 0..self.runners.len() {
            let mut seen = Vec::new();
            if !self.holds(claim, index, &mut seen)? {
                failed.push((index, seen));
            }
        }
        // What all say the same is said once.
        if failed.len() == self.runners.len() && failed.iter().all(|(_, seen)| *seen == failed[0].1)
        {
            failed.truncate(1);
            let notes = failed.into_iter().flat_map(|(_, seen)| seen);
            self.fail(span, "this does not hold").notes.extend(notes);
            return Ok(());
        }
        for (index, seen) in failed {
            let message = format!("this does not hold{}", self.of(index));
            self.fail(span, message).notes.extend(seen);
        }
        Ok(())
    }

    /// Whether a claim holds for a runner; notes what was seen where it does not.
    fn holds(
        &mut self,
        claim: &Claim,
        runner: usize,
        seen: &mut Vec<String>,
    ) -> Result<bool, Stop> {
        Ok(match claim {
            Claim::True(truth) => {
                let holds = self.value_of(truth, runner)?;
                self.note_memory(truth, runner, seen)?;
                holds == Value::Bool(true)
            }
            Claim::Present(place, wanted) => {
                let located = self.located(place, runner)?;
                let found = self.lies(&located, runner);
                let found = found.map_err(|why| self.stop(place.span, why))?;
                if let Some(value) = &found {
                    seen.push(self.shown(place, &located.ty, value));
                }
                found.is_some() == *wanted
            }
            Claim::Not(inner) => !self.holds(inner, runner, seen)?,
            Claim::All(claims) => {
                for claim in claims {
                    let mut own = Vec::new();
                    if !self.holds(claim, runner, &mut own)? {
                        seen.extend(own);
                        return Ok(false);
                    }
                }
                true
            }
            Claim::Any(claims) => {
                for claim in claims {
                    if self.holds(claim, runner, seen)? {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }

    /// Notes what lies in the memory that an expression asks for.
    fn note_memory(
        &mut self,
        expr: &Expr,
        runner: usize,
        seen: &mut Vec<String>,
    ) -> Result<(), Stop> {
        let mut places = Vec::new();
        TypedPart::Expr(expr).each(&mut |part| {
            if let TypedPart::Expr(Expr { kind: ExprKind::Deref(place), .. }) = part {
                places.push(&**place);
            }
        });
        for place in places {
            let located = self.located(place, runner)?;
            if let Ok(Some(value)) = self.lies(&located, runner) {
                let line = self.shown(place, &located.ty, &value);
                if !seen.contains(&line) {
                    seen.push(line);
                }
            }
        }
        Ok(())
    }

    fn shown(&self, place: &Expr, ty: &Type, value: &Value) -> String {
        format!("`{}` is {}", self.text(place.span), show(self.program, ty, value))
    }

    fn text(&self, span: Span) -> String {
        let file = self.programs.programs.first().map(|program| &program.code.file);
        let text = file.and_then(|file| file.text().get(span.range())).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn run_step(&mut self, run: &'t Run, span: Span) -> Result<(), Stop> {
        let entry = &self.program.entries[run.entry];
        let bytes = match &run.packet {
            Some(packet) => self.packet(packet, entry)?,
            None => Vec::new(),
        };
        let mut packet = Packet { interface: 1, ..Packet::new(&bytes) };
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
        packet.context = &context;
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
            if let Expectation::Member(field, _) = expectation
                && let Known::Member(row) = field.row
            {
                for (outcome, runner) in outcomes.iter().zip(&mut self.runners) {
                    if !row.words().all(|at| outcome.context.contains_key(&at)) {
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
    fn agree(&mut self, entry: &Entry, outcomes: &[Outcome], span: Span) {
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
            Expectation::Member(field, wanted) => {
                let value = self.value(wanted)?;
                let Known::Member(row) = field.row else { return Ok(()) };
                let words: Option<Vec<_>> =
                    row.words().map(|at| outcome.context.get(&at).copied()).collect();
                // What a runner does not tell, another one does.
                let Some(words) = words else { return Ok(()) };
                let found = member_value(self.program, row, &field.ty, &words);
                if found != value {
                    let message = format!("`{}` is another one afterwards{of}", field.name);
                    let [ours, theirs] =
                        [&found, &value].map(|value| show(self.program, &field.ty, value));
                    let finding = self.fail(wanted.span, message);
                    finding.notes.push(format!("it is {ours}"));
                    finding.notes.push(format!("expected {theirs}"));
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
            let [ours, theirs] =
                [&found, &value].map(|value| show(self.program, &data.value, value));
            let message = format!("the event in `{}` is another one{of}", data.name);
            let finding = self.fail(wanted.span, message);
            finding.notes.push(format!("it is {ours}"));
            finding.notes.push(format!("expected {theirs}"));
        }
        Ok(())
    }

    /// The bytes of a packet.
    fn packet(&mut self, packet: &'t TestPacket, entry: &Entry) -> Result<Vec<u8>, Stop> {
        match &packet.kind {
            TestPacketKind::Layers(layers) => {
                let parts = self.parts(layers)?;
                let asks =
                    |asked: &'t Expr, bytes: &[u8]| self.conditions.holds(entry, asked, bytes);
                let built = build(self.program, &parts, &asks);
                built.map_err(|why| self.stop(packet.span, why))
            }
            TestPacketKind::Capture(name, number) => {
                let number = self.value(number)?.number().unwrap_or(0);
                let height = self.program.hooks[entry.hook].row.layer;
                self.captured(name, number, height, packet.span)
            }
        }
    }

    fn parts(&mut self, layers: &'t [Layer]) -> Result<Vec<Part>, Stop> {
        let mut parts = Vec::new();
        for layer in layers {
            parts.push(match layer {
                Layer::Bytes(bytes) => Part::Bytes(bytes.to_vec()),
                Layer::Header(header, fields) => {
                    let (mut given, mut rest) = (BTreeMap::new(), Vec::new());
                    for (field, what) in fields {
                        match what {
                            Given::Value(value) => {
                                given.insert(*field, self.value(value)?);
                            }
                            Given::Parts(layers) => rest = self.parts(layers)?,
                        }
                    }
                    Part::Header(*header, given, rest)
                }
            });
        }
        Ok(parts)
    }

    fn captured(
        &mut self,
        name: &str,
        number: i128,
        height: Height,
        span: Span,
    ) -> Result<Vec<u8>, Stop> {
        if !self.captures.contains_key(name) {
            let path = self.folder.join(name);
            let read = self.world.read(&path).map_err(|error| error.to_string());
            let read = read.and_then(|bytes| packets(&bytes));
            match read {
                Ok(read) => drop(self.captures.insert(name.to_owned(), read)),
                Err(error) => {
                    return Err(self.stop(span, format!("{}: {error}", path.display())));
                }
            }
        }
        let Some((link_type, packets)) = self.captures.get(name) else { return Err(Stop) };
        let Some(frames) = Frames::new(*link_type, height) else {
            let message = format!("the packets of `{name}` begin with {link_type}");
            let finding = self.fail(span, message);
            finding.notes.push("and those of the program's hook do not".to_owned());
            return Err(Stop);
        };
        let index = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        let Some(frame) = index.and_then(|index| packets.get(index)) else {
            let message = format!("`{name}` has packets from 1 to {}", packets.len());
            return Err(self.stop(span, message));
        };
        let seen = frames.seen(frame).and_then(|seen| frame.get(seen)).map(<[u8]>::to_vec);
        seen.ok_or_else(|| {
            let message =
                format!("packet {number} of `{name}` is not IP, and never comes to the hook");
            self.stop(span, message)
        })
    }
}

/// What lies in a map under a key: also what stands for something of the kernel's, by its number.
fn held(map: &Map) -> Type {
    if map.kind.value() == ValueKind::Reference { Type::U32 } else { map.value.clone() }
}

/// The packets of a capture.
fn packets(bytes: &[u8]) -> Result<(LinkType, Vec<Vec<u8>>), String> {
    let mut reader = Reader::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let link_type = reader.header().link_type;
    let mut packets = Vec::new();
    while let Some(packet) = reader.next().map_err(|error| error.to_string())? {
        packets.push(packet.data.to_vec());
    }
    Ok((link_type, packets))
}
