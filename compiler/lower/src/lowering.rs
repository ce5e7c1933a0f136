//! The state of lowering one program: blocks, variables, what is known of the packet.

use std::collections::HashMap;

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, FunctionBuilder, Slot, Type as Scalar, Value, Variable};
use nbpfc_kernel::{COMPLEXITY, Helper, Target};
use nbpfc_sema::{
    Body, Expr, ExprKind, FunctionId, HeaderId, Hook, LocalId, MAX_LOCAL, MapId, Part, Program,
    Stmt, StmtKind, Type,
};
use nbpfc_source::{Code, Diagnostic, FileId, Label, Span};

use crate::global::Global;
use crate::graph::Graph;
use crate::origin::{Origins, Provenance};
use crate::shape::shape;

/// The scalars of a value.
pub(crate) type Parts = Vec<Value>;

/// How code is left by `return` and `?`.
#[derive(Clone, Debug)]
pub(crate) enum Exit {
    /// The program ends.
    Program,
    /// The function's value goes into variables, and control to a block.
    Function(Vec<Variable>, Block),
    /// The same, if there is one; else control goes to the second block.
    Decided(Vec<Variable>, Block, Block),
}

/// The piece of code that is lowered: a program's, or a function's where it is called.
#[derive(Debug)]
pub(crate) struct Frame<'p> {
    pub(crate) body: &'p Body,
    pub(crate) locals: SecondaryMap<LocalId, Vec<Variable>>,
    /// The variables that are other names of places in memory.
    pub(crate) places: HashMap<LocalId, Parts>,
    /// Where the headers that they hold were found.
    pub(crate) origins: Provenance,
    /// Whether it changes where headers of the packet are, or which there are.
    pub(crate) moves: bool,
    pub(crate) exit: Exit,
    /// The loops around, the innermost last.
    pub(crate) loops: Vec<Loop>,
    /// How much was held before.
    pub(crate) held: usize,
}

impl<'p> Frame<'p> {
    /// For a piece of code whose parameters hold headers that were found there.
    pub(crate) fn new(
        (program, graph): (&'p Program, &Graph),
        body: &'p Body,
        params: &[(LocalId, Origins)],
        exit: Exit,
        held: usize,
    ) -> Self {
        Self {
            body,
            locals: SecondaryMap::new(),
            places: HashMap::new(),
            origins: Provenance::of(program, body, params),
            moves: body.resizes || decides((program, graph), body),
            exit,
            loops: Vec::new(),
            held,
        }
    }
}

/// A program has at most so many instructions before it is optimised: a quarter of what the kernel's
/// verifier looks at.
const LONGEST: usize = COMPLEXITY / 4;

/// What a program does, or a function that it calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Does {
    /// It has loops of its own.
    pub(crate) loops: bool,
    /// It changes what follows headers: the packet's, as it is then, may be others than those that were
    /// found before.
    pub(crate) decides: bool,
}

/// Whether a piece of code, or a function that it calls, assigns a field that decides what follows a
/// header, where the program looks for what may follow it.
pub(crate) fn decides((program, graph): (&Program, &Graph), body: &Body) -> bool {
    does(program, body, |part| match part {
        Part::Stmt(Stmt { kind: StmtKind::Write(write), .. }) => {
            let header = write.header;
            let repeats = program.headers[header].limit.is_some();
            let mut wanted = program.wanted.iter();
            program.decides(header, write.field)
                && wanted.any(|to| (repeats || *to != header) && graph.leads_to(header, *to))
        }
        _ => false,
    })
}

/// Whether something is so of a part of some code, or of a function that it calls. Each function is
/// looked at once, however often it is called.
pub(crate) fn does(program: &Program, body: &Body, is: impl Fn(&Part<'_>) -> bool) -> bool {
    let mut called: Vec<FunctionId> = Vec::new();
    let mut next = 0;
    let mut at = body;
    loop {
        let mut found = false;
        Part::Block(&at.block).each(&mut |part| {
            found |= is(&part);
            if let Part::Expr(Expr { kind: ExprKind::Call(function, _), .. }) = part
                && !called.contains(function)
            {
                called.push(*function);
            }
        });
        match called.get(next) {
            Some(function) if !found => at = &program.functions[*function].body,
            _ => return found,
        }
        next += 1;
    }
}

/// A loop around.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop {
    /// Where it goes on.
    pub(crate) next: Block,
    /// Where it ends.
    pub(crate) end: Block,
    /// How much was held before.
    pub(crate) held: usize,
}

/// Something that has to be given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// The variable that holds it; none holds a lock.
    pub(crate) local: Option<LocalId>,
    /// Where it is.
    pub(crate) pointer: Value,
    /// What gives it back where nobody says how.
    pub(crate) by: &'static Helper,
}

/// Where a header was found, if at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// 1 if the packet has it.
    pub(crate) present: Variable,
    /// Where it begins.
    pub(crate) offset: Variable,
}

/// The bytes that the packet's network layer carries.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Payload {
    /// Where they begin.
    pub(crate) place: Option<Variable>,
    /// They were looked for on every way that leads here.
    pub(crate) known: bool,
}

pub(crate) struct Lowering<'p> {
    pub(crate) program: &'p Program,
    pub(crate) hook: &'p Hook,
    pub(crate) target: &'p Target,
    /// The file that the code stands in.
    pub(crate) file: FileId,
    pub(crate) builder: FunctionBuilder,
    pub(crate) frame: Frame<'p>,
    /// Where the global variables are, by their number.
    pub(crate) globals: &'p [Global],
    /// What may follow what.
    pub(crate) graph: &'p Graph,
    /// Where the program goes when a `?` of its own finds nothing: what is held is given back there.
    pub(crate) otherwise: Block,
    /// What is held, in the order in which it was come by.
    pub(crate) held: Vec<Held>,
    /// The blocks where the program leaves with its verdict of `otherwise`, by what they have to give
    /// back before.
    pub(crate) ways_out: Vec<(Vec<Held>, Block)>,
    /// Where the header of [`ExprKind::This`](nbpfc_sema::ExprKind::This) begins.
    pub(crate) this: Option<Value>,
    /// The maps of what the control group keeps, one of each type.
    pub(crate) storage: Vec<MapId>,
    /// The headers of the packet.
    pub(crate) found: HashMap<HeaderId, Found>,
    /// Those of them that were looked for on every way that leads here.
    pub(crate) known: Vec<HeaderId>,
    /// The bytes that the packet's network layer carries.
    pub(crate) payload: Payload,
    /// The stack that offsets are put through for the verifier to forget them.
    pub(crate) forgetting: Option<Slot>,
    /// What the program does anywhere.
    pub(crate) does: Does,
    /// A zero on the stack that the verifier does not know, if ways are to meet.
    pub(crate) settling: Option<Slot>,
    /// How many blocks there were where they met last.
    pub(crate) settled: usize,
    /// The numbers that may be read later, and that no loop is counted by.
    pub(crate) in_scope: Vec<Variable>,
    /// How many loops are around.
    pub(crate) around: u32,
    /// How often the packet's headers were moved by the code so far.
    pub(crate) moves: u32,
    /// The code stands in another file: what is made of it comes from where it is used.
    pub(crate) foreign: bool,
    /// The ways on from decisions are marked.
    pub(crate) marks: bool,
    /// Where the foreign code is used.
    pub(crate) used: Option<(FileId, Span)>,
    /// Where the code stands, in its own file.
    pub(crate) at: Span,
    /// Calls around the code, to stop programs that grow without end.
    pub(crate) depth: u32,
    /// Where loops stand, up to where what is repeated begins.
    pub(crate) loops: Vec<Span>,
    /// Instructions of loops, once for each round but the first.
    pub(crate) repeated: u64,
    /// The program's own call that the code is part of.
    pub(crate) called: Option<(FileId, Span)>,
    /// The functions that the code is part of, each called by the one before it.
    pub(crate) chain: Vec<&'p str>,
    /// The helpers of which it was said that the hook has them not.
    pub(crate) missing: Vec<&'static Helper>,
    /// It was said that the program is too long.
    pub(crate) too_long: bool,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Lowering<'_> {
    /// What follows comes from this place.
    pub(crate) fn place(&mut self, span: Span) {
        self.at = span;
        if !self.foreign {
            self.builder.set_span(span);
        }
    }

    /// Says what is wrong, and where what it is wrong with is used.
    pub(crate) fn report(&mut self, mut diagnostic: Diagnostic) {
        if let Some((file, span)) = self.used {
            diagnostic.labels.push(Label { file, span, text: "used here".to_owned() });
        }
        self.diagnostics.push(diagnostic);
    }

    /// Whether the program has grown so long that nothing more is to be added; says so once.
    pub(crate) fn is_too_long(&mut self, span: Span) -> bool {
        if !self.too_long && self.builder.inst_count() > LONGEST {
            self.too_long = true;
            let message = format!("the program is longer than {LONGEST} instructions here");
            let (file, span) = self.called.unwrap_or((self.file, span));
            let error = Diagnostic::error(Code::TargetLimit, message, file, span);
            self.report(
                error
                    .note(
                        "a function's code stands wherever it is called, and the body of a loop \
                         over an array once for each element",
                    )
                    .help("call it in a loop that counts: `for i in 0..n { … }`"),
            );
        }
        self.too_long
    }

    /// The variables of a value of a type.
    pub(crate) fn variables(&mut self, ty: &Type) -> Vec<Variable> {
        let scalars = shape(self.program, ty);
        let variable = |scalar: Scalar| {
            let variable = self.builder.variable(scalar);
            if scalar.is_number() {
                self.in_scope.push(variable);
            }
            variable
        };
        scalars.into_iter().map(variable).collect()
    }

    /// The variables of a local.
    pub(crate) fn local(&mut self, local: LocalId) -> Vec<Variable> {
        let data = &self.frame.body.locals[local];
        if self.frame.locals[local].is_empty() {
            if let Type::Array(_, count) = data.ty
                && count > MAX_LOCAL
            {
                self.too_many_elements(data.span);
            }
            self.frame.locals[local] = self.variables(&data.ty);
        }
        self.frame.locals[local].clone()
    }

    pub(crate) fn too_many_elements(&mut self, span: Span) {
        let message = format!("a variable has at most {MAX_LOCAL} elements");
        let error = Diagnostic::error(Code::TargetLimit, message, self.file, span);
        let error = error.note("only in functions that the compiler runs it may have more");
        self.report(error.help("keep it in a map, or in a `const`"));
    }

    /// A variable gets its value.
    pub(crate) fn assign_local(&mut self, local: LocalId, parts: &Parts) {
        if self.builder.is_terminated() {
            return;
        }
        let ty = &self.frame.body.locals[local].ty;
        let is_place = match ty {
            Type::Ref(_) => true,
            Type::Optional(inner) => inner.place().is_some() || inner.stays(),
            ty if ty.stays() => true,
            _ => false,
        };
        if is_place {
            self.frame.places.insert(local, parts.clone());
            if ty.is_held() {
                self.hold(local, parts[0]);
            }
            return;
        }
        let variables = self.local(local);
        self.set(&variables, parts);
    }

    pub(crate) fn set(&mut self, variables: &[Variable], parts: &[Value]) {
        for (variable, part) in variables.iter().zip(parts) {
            self.builder.set(*variable, *part);
        }
    }

    pub(crate) fn get(&mut self, variables: &[Variable]) -> Parts {
        variables.iter().map(|variable| self.builder.get(*variable)).collect()
    }

    /// A number as a scalar.
    pub(crate) fn constant(&mut self, scalar: Scalar, number: u64) -> Value {
        self.builder.constant(scalar, number & scalar.mask())
    }

    /// Zeros, for a value that control never comes to.
    pub(crate) fn zeros(&mut self, ty: &Type) -> Parts {
        let scalars = shape(self.program, ty);
        scalars.into_iter().map(|scalar| self.constant(scalar, 0)).collect()
    }

    /// Ends the current block with a jump, unless it has its end.
    pub(crate) fn jump(&mut self, block: Block) {
        if !self.builder.is_terminated() {
            self.builder.jump(block);
        }
    }

    /// A block for code that control never comes to, if the current one has its end.
    pub(crate) fn open(&mut self) {
        if self.builder.is_terminated() {
            let dead = self.builder.block();
            self.builder.enter(dead);
        }
    }

    /// Runs `f`, of whose finds only those are kept that were known before: it is code that some
    /// ways leave out.
    pub(crate) fn apart<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        let (known, moves) = (self.known.len(), self.moves);
        let payload_known = self.payload.known;
        let result = f(self);
        self.known.truncate(if self.moves == moves { known } else { 0 });
        self.payload.known &= payload_known;
        result
    }

    /// The packet's headers are not where they were, or others: nothing is known of them.
    pub(crate) fn moved(&mut self) {
        self.moves += 1;
        self.known.clear();
        self.payload.known = false;
    }
}
