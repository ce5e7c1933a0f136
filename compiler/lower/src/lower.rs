//! A program as a module of IR.

use std::collections::HashMap;
use std::sync::Arc;

use nbpfc_ir::{FunctionBuilder, MapData, Maps, Module};
use nbpfc_kernel::{KeyKind, Target, ValueKind};
use nbpfc_sema::{Body, Entry, Expr, HookId, Map, MapId, Part, Program, StmtKind, bytes, size_of};
use nbpfc_source::{Diagnostic, File, FileId};

use crate::global::{Global, globals, sections};
use crate::graph::Graph;
use crate::lowering::{Does, Exit, Frame, Lowering, Payload, decides, does};

/// What is made of the ways through a program for the kernel's verifier, which follows each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    /// Where some meet they are one to it.
    Meet,
    /// The same, if there may be more than it can follow.
    MeetIfMany,
    /// Nothing: of all that it knows nothing is hidden from it.
    Apart,
}

/// Programs whose loops come to so many instructions have more ways than the verifier can follow.
const MANY: u64 = 3000;

/// What all programs of a module have in common.
#[derive(Debug)]
pub struct Common {
    globals: Vec<Global>,
    maps: Maps,
    pub(crate) graph: Graph,
}

impl Common {
    /// Of the programs of a module.
    pub fn new(program: &Program) -> Self {
        let globals = globals(program);
        let maps = program.maps.values().map(|map| definition(program, map));
        let maps = maps.chain(sections(program, &globals)).collect();
        Self { globals, maps, graph: Graph::new(program) }
    }
}

/// A program as IR.
#[derive(Debug)]
pub struct Lowered {
    /// The module.
    pub module: Module,
    /// Its ways are one to the verifier where they meet.
    pub meets: bool,
}

/// The code of one program: a module with one function of its name. `source` is the user's file,
/// which diagnostics know as `file`. With `marks` the code tells which ways on from decisions are gone,
/// see [`Mark`](crate::Mark).
///
/// # Errors
/// What the hook's packets do not have, and what grows beyond all bounds.
pub fn lower(
    (program, common): (&Program, &Common),
    entry: &Entry,
    target: &Target,
    source: Arc<File>,
    file: FileId,
    ways: Ways,
    marks: bool,
) -> Result<Lowered, Vec<Diagnostic>> {
    let mut lowering = Lowering::new((program, common), entry, target, file);
    lowering.marks = marks;
    lowering.program(entry);
    if !lowering.diagnostics.is_empty() {
        return Err(lowering.diagnostics);
    }
    let mut meets = match ways {
        Ways::Meet => true,
        Ways::MeetIfMany => lowering.looked_at() > MANY,
        Ways::Apart => false,
    };
    if meets {
        let mut again = Lowering::new((program, common), entry, target, file);
        again.marks = marks;
        again.prepare_to_settle();
        again.program(entry);
        // What is hidden from the verifier is more code, and may be too much.
        meets = again.diagnostics.is_empty();
        if meets {
            lowering = again;
        }
    }
    let mut module = Module::new(source, vec![lowering.builder.finish()]);
    module.loops = lowering.loops;
    module.maps = common.maps.clone();
    Ok(Lowered { module, meets })
}

/// A condition of a header's declaration as the code of a function, whose packets begin with such a header
/// and which gives 1 where the condition holds. It is as a program on `target` would ask.
///
/// # Errors
/// What programs there cannot ask.
pub fn condition(
    (program, common): (&Program, &Common),
    condition: &Expr,
    (hook, target): (HookId, &Target),
    source: Arc<File>,
    file: FileId,
) -> Result<Module, Vec<Diagnostic>> {
    let (name, span, body) = ("condition".to_owned(), condition.span, Body::default());
    let entry = Entry { name, span, hook, otherwise: Some(0), body };
    let mut lowering = Lowering::new((program, common), &entry, target, file);
    let start = lowering.builder.const32(0);
    let parts = lowering.within(start, |lowering| lowering.expr(condition));
    lowering.open();
    match parts.first() {
        Some(holds) => lowering.builder.ret(*holds),
        None => lowering.builder.jump(lowering.otherwise),
    }
    lowering.give_back_outside();
    lowering.builder.enter(lowering.otherwise);
    let none = lowering.builder.const32(0);
    lowering.builder.ret(none);
    if !lowering.diagnostics.is_empty() {
        return Err(lowering.diagnostics);
    }
    let mut module = Module::new(source, vec![lowering.builder.finish()]);
    module.loops = lowering.loops;
    module.maps = common.maps.clone();
    Ok(module)
}

impl<'p> Lowering<'p> {
    fn new(
        (program, common): (&'p Program, &'p Common),
        entry: &'p Entry,
        target: &'p Target,
        file: FileId,
    ) -> Self {
        let mut builder = FunctionBuilder::new(&entry.name);
        let otherwise = builder.block();
        Self {
            program,
            hook: &program.hooks[entry.hook],
            target,
            file,
            builder,
            globals: &common.globals,
            graph: &common.graph,
            frame: Frame::new((program, &common.graph), &entry.body, &[], Exit::Program, 0),
            otherwise,
            held: Vec::new(),
            ways_out: vec![(Vec::new(), otherwise)],
            this: None,
            storage: Vec::new(),
            found: HashMap::new(),
            known: Vec::new(),
            payload: Payload::default(),
            forgetting: None,
            does: Does {
                loops: has_loops(program, &entry.body),
                decides: decides((program, &common.graph), &entry.body),
            },
            settling: None,
            settled: 0,
            in_scope: Vec::new(),
            around: 0,
            moves: 0,
            foreign: false,
            marks: false,
            used: None,
            at: entry.span,
            depth: 0,
            loops: Vec::new(),
            repeated: 0,
            called: None,
            chain: Vec::new(),
            missing: Vec::new(),
            too_long: false,
            diagnostics: Vec::new(),
        }
    }

    fn program(&mut self, entry: &'p Entry) {
        let otherwise = self.otherwise;
        let parts = self.block(&entry.body.block);
        if !self.builder.is_terminated() {
            match parts.first() {
                Some(verdict) => self.builder.ret(*verdict),
                None => self.builder.jump(otherwise),
            }
        }
        self.give_back_outside();
        self.builder.enter(otherwise);
        // A program without `otherwise` comes here only where a check fails that cannot.
        let verdict = self.builder.const32(entry.otherwise.unwrap_or(self.hook.row.drop));
        self.builder.ret(verdict);
    }
}

/// Whether there are loops in a piece of code, or in the functions that it calls.
fn has_loops(program: &Program, body: &Body) -> bool {
    does(program, body, |part| match part {
        Part::Stmt(stmt) => matches!(
            stmt.kind,
            StmtKind::For { .. }
                | StmtKind::Items { .. }
                | StmtKind::While { .. }
                | StmtKind::Each(_)
        ),
        _ => false,
    })
}

fn definition(program: &Program, map: &Map) -> MapData {
    let key = match map.kind.key() {
        KeyKind::None => 0,
        KeyKind::Index | KeyKind::Any | KeyKind::Prefix => size_of(program, &map.key),
    };
    let value = match map.kind.value() {
        ValueKind::None => 0,
        ValueKind::Any => size_of(program, &map.value),
        ValueKind::Reference => 4,
    };
    let flags = map.kind.flags();
    let number = |map: MapId| nbpfc_ir::Map::from_u32(map.as_u32());
    let inner = map.inner.map(number);
    let holds = map.holds.iter();
    let holds = holds.map(|(at, held)| (bytes(program, &map.key, Some(at)), number(*held)));
    let elements = map.elements.iter().map(|(at, value)| {
        (bytes(program, &map.key, Some(at)), bytes(program, &map.value, Some(value)))
    });
    MapData {
        flags,
        inner,
        holds: holds.collect(),
        elements: elements.collect(),
        ..MapData::new(&map.name, map.kind, key, value, map.max_entries)
    }
}
