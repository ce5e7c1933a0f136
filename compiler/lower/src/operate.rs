//! What is done with maps: calls of the helpers that the library names.

use nbpfc_ir::{Block, Compare, Type as Scalar, Value, Width};
use nbpfc_kernel::{Argument, HOOKS, Helper, ProgramType, Returns, ValueKind};
use nbpfc_sema::{Expr, Int, KernelFunction, MapId, Outcome, Role, Type, size_of};
use nbpfc_source::{Code, Diagnostic, Label, Span};

use crate::layout::{map_in, pointer, socket as socket_pointer};
use crate::lowering::{Lowering, Parts};
use crate::memory::number;

/// A call that was made.
struct Called {
    /// What the helper returned.
    result: Value,
    /// Where it wrote a value of the map, if it did.
    out: Option<Value>,
}

impl<'p> Lowering<'p> {
    /// Reports a helper that programs on the hook do not call.
    pub(crate) fn calls(&mut self, row: &'static Helper, name: &str, span: Span) {
        self.calls_of(row.programs, row, name, span);
    }

    /// Reports a helper that programs on the hook do not call, if it is for programs of these types.
    fn calls_of(&mut self, programs: &[ProgramType], row: &'static Helper, name: &str, span: Span) {
        let program_type = self.hook.row.program_type;
        if programs.contains(&program_type) {
            // What any program needs was asked before.
            let since = row.since_on(program_type).filter(|since| *since > row.since);
            if let Some(since) = since.filter(|since| *since > self.target.kernel) {
                let (hook, kernel) = (&self.hook.name, self.target.kernel);
                let message =
                    format!("`{name}` needs Linux {since} on {hook}, and the target is {kernel}");
                let (file, span) = self.called.unwrap_or((self.file, span));
                let error = Diagnostic::error(Code::NotOnTarget, message, file, span);
                let error = error.label(format!("the kernel's `{}`", row.name));
                self.diagnostics.push(error.help(format!("compile with `--kernel {since}`")));
                self.missing.push(row);
            }
            return;
        }
        let has = |hook: &&nbpfc_kernel::Hook| programs.contains(&hook.program_type);
        let hooks: Vec<_> = HOOKS.iter().filter(has).map(|hook| hook.name).collect();
        self.not_called(row, name, &hooks, span);
    }

    /// A helper of the library. What some hooks have is called in functions that any program may call.
    pub(crate) fn asks(&mut self, function: &KernelFunction, span: Span) {
        let has = |id: &nbpfc_sema::HelperId| self.program.helpers[*id].name == function.name;
        if function.hooks.is_empty() || self.hook.functions.iter().any(has) {
            return self.calls(function.row, &function.name, span);
        }
        let hooks: Vec<_> = function.hooks.iter().map(String::as_str).collect();
        self.missing.push(function.row);
        self.not_called(function.row, &function.name, &hooks, span);
    }

    /// Reports a helper that programs on these hooks alone call: where it is called, and which way the program
    /// comes there.
    fn not_called(&mut self, row: &Helper, name: &str, hooks: &[&str], span: Span) {
        let message = format!("programs on {} do not call `{name}`", self.hook.name);
        let of_kernel = format!("the kernel's `{}`", row.name);
        let error = match self.called {
            None => Diagnostic::error(Code::NotOnTarget, message, self.file, span).label(of_kernel),
            Some((file, call)) => {
                let mut error = Diagnostic::error(Code::NotOnTarget, message, file, call);
                error = error.label(format!("`{}` comes to it", self.chain.join("` → `")));
                error.labels.push(Label { file: self.file, span, text: of_kernel });
                error
            }
        };
        self.diagnostics.push(match hooks {
            [] => error.help("leave it out"),
            hooks => error.help(format!("programs on {} do", hooks.join(", "))),
        });
    }

    /// Writes a line to the trace pipe.
    pub(crate) fn print(&mut self, text: &[u8], numbers: &'p [Expr], span: Span) {
        let row = &Helper::TRACE_PRINTK;
        self.calls(row, "print", span);
        let mut values = Vec::new();
        for number in numbers {
            values.push(self.expr(number)[0]);
            self.open();
        }
        let size = (text.len() as u32).next_multiple_of(8);
        let slot = self.scratch(size, false);
        for (at, bytes) in (0..).step_by(8).zip(text.chunks(8)) {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            let word = self.builder.const64(u64::from_le_bytes(word));
            self.builder.write_memory(Width::W8, slot, at, word);
        }
        let length = self.builder.const64(text.len() as u64);
        let zero = self.builder.const64(0);
        values.resize(3, zero);
        self.builder.call_helper(row, &[slot, length, values[0], values[1], values[2]]);
    }

    /// Something done with a map; what it gives.
    pub(crate) fn operate(
        &mut self,
        map: MapId,
        number: usize,
        args: &'p [Expr],
        expr: &'p Expr,
    ) -> Parts {
        let outcome = self.outcome(map, number);
        if matches!(outcome, Outcome::Value | Outcome::Content) {
            return self.materialise(expr);
        }
        let Called { result, .. } = self.call_of(map, number, args, expr.span);
        match outcome {
            Outcome::Nothing => Vec::new(),
            Outcome::Done => self.is_zero(result),
            Outcome::Holds => self.truth(|lowering, yes, no| {
                let one = lowering.builder.const64(1);
                lowering.builder.branch(Compare::Eq, result, one, yes, no);
            }),
            Outcome::Element
            | Outcome::Place
            | Outcome::Socket
            | Outcome::Record
            | Outcome::Number
            | Outcome::Content
            | Outcome::Value => vec![result],
            Outcome::Verdict => vec![self.convert(Int::U64, Int::U32, result)],
        }
    }

    /// What a helper wrote where it was told to, or what lies in an element; goes on to `absent` unless the
    /// helper says that it did, or there is none.
    pub(crate) fn taken(
        &mut self,
        map: MapId,
        number: usize,
        args: &'p [Expr],
        expr: &'p Expr,
        absent: Block,
    ) -> Parts {
        let Called { result, out } = self.call_of(map, number, args, expr.span);
        if self.outcome(map, number) == Outcome::Content {
            let element = self.builder.non_null(result, absent);
            return vec![self.builder.read_memory(Width::W4, element, 0)];
        }
        let there = self.builder.block();
        let zero = self.builder.const64(0);
        self.builder.branch(Compare::Eq, result, zero, there, absent);
        self.builder.enter(there);
        let value = &self.program.maps[map].value;
        out.map(|out| self.load_from(out, 0, value)).unwrap_or_default()
    }

    /// The map that comes first, if another one holds it, and what follows.
    pub(crate) fn held_map(&mut self, args: &'p [Expr]) -> (Option<Value>, &'p [Expr]) {
        match args.split_first() {
            Some((first, rest)) if matches!(first.ty, Type::MapIn(_)) => {
                let parts = self.expr(first);
                self.open();
                (parts.first().copied(), rest)
            }
            _ => (None, args),
        }
    }

    fn outcome(&self, map: MapId, number: usize) -> Outcome {
        let ty = self.program.maps[map].ty;
        self.program.map_types[ty].operations[number].outcome
    }

    /// Reports a second map of what control groups keep: the kernel gives a program one.
    fn one_storage(&mut self, map: MapId, span: Span) {
        let kind = self.program.maps[map].kind;
        let first = self.storage.iter().find(|first| self.program.maps[**first].kind == kind);
        let Some(first) = first.copied() else { return self.storage.push(map) };
        if first == map {
            return;
        }
        let name = &self.program.maps[first].name;
        let message = format!("a program has one map of this type, and this one has `{name}`");
        let error = Diagnostic::error(Code::TargetLimit, message, self.file, span);
        self.report(error.help("put both into one struct"));
    }

    /// Calls the helper of an operation.
    fn call_of(&mut self, map: MapId, index: usize, args: &'p [Expr], span: Span) -> Called {
        let data = &self.program.maps[map];
        let operation = &self.program.map_types[data.ty].operations[index];
        let Some(row) = operation.row else {
            let result = self.builder.const64(0);
            return Called { result, out: None };
        };
        let mut programs = row.programs_with(data.kind).to_vec();
        if operation.params.iter().any(|(_, role, _)| matches!(role, Role::Socket)) {
            // Others have no socket that they could give.
            programs.retain(|program| Helper::SK_RELEASE.programs.contains(program));
        }
        self.calls_of(&programs, row, &operation.name, span);
        let (held, args) = self.held_map(args);
        let (mut key, mut value, mut socket, mut numbers) = (None, None, None, Vec::new());
        for (arg, (_, role, _)) in args.iter().zip(&operation.params) {
            match role {
                Role::Key => key = Some(self.on_stack(arg)),
                Role::Value | Role::Map => value = Some(self.on_stack(arg)),
                Role::Socket => socket = self.expr(arg).pop(),
                Role::Number(_) => {
                    let parts = self.expr(arg);
                    self.open();
                    let Type::Int(int) = arg.ty else { continue };
                    numbers.push(self.convert(int, Int { bits: 64, ..int }, parts[0]));
                }
            }
        }
        self.place(span);
        let size = size_of(self.program, &data.value);
        let mut numbers = numbers.into_iter();
        let mut out = None;
        let mut arguments = Vec::new();
        for argument in row.arguments {
            arguments.push(match argument {
                Argument::Context => self.builder.context(),
                Argument::Map(_) => held.unwrap_or_else(|| self.builder.map(number(map))),
                Argument::Key => key.unwrap_or_else(|| self.scratch(8, true)),
                Argument::Size(_) | Argument::Length => self.builder.const64(size.into()),
                Argument::ValueOut => {
                    let place = value.unwrap_or_else(|| self.scratch(size, false));
                    out = Some(place);
                    place
                }
                Argument::Value | Argument::Memory => {
                    value.or(socket).unwrap_or_else(|| self.scratch(size, true))
                }
                Argument::Socket => socket.unwrap_or_else(|| self.builder.const64(0)),
                Argument::ValueOrNull => self.builder.const64(0),
                // Flags that the library does not speak of.
                _ => numbers.next().unwrap_or_else(|| self.builder.const64(0)),
            });
        }
        if *row == Helper::GET_LOCAL_STORAGE {
            self.one_storage(map, span);
        }
        let result = match row.returns {
            Returns::Value => {
                let place = pointer(self.program, &data.value);
                self.builder.call(row, &arguments, Scalar::Pointer(place))
            }
            Returns::ValueOrNull if data.kind.holds_sockets() => {
                self.builder.call(row, &arguments, Scalar::Pointer(socket_pointer().or_null()))
            }
            Returns::ValueOrNull => {
                let element = match data.inner {
                    Some(inner) => map_in(inner),
                    None if data.kind.value() == ValueKind::Reference => {
                        pointer(self.program, &Type::U32)
                    }
                    None => pointer(self.program, &data.value),
                };
                let element = element.or_null();
                self.builder.call(row, &arguments, Scalar::Pointer(element))
            }
            _ => self.builder.call_helper(row, &arguments),
        };
        Called { result, out }
    }
}
