//! Code that the compiler runs: what a constant's value is made with, and what tests say.
//!
//! It means what it means in a program, see [`compute`] for the arithmetic. What only the running
//! program has stops it, and so do too many steps. Tests have the memory that programs share.

use std::collections::BTreeMap;

use nbpfc_source::{FileId, Span};

use crate::computed::{key, peeks};
use crate::constant::compute;
use crate::layout::bytes;
use crate::measure::Measure;
use crate::program::{
    Block, Condition, Expr, ExprKind, LocalId, Memory, Place, Program, Root, Stmt, StmtKind, Way,
};
use crate::types::Type;
use crate::value::Value;

/// So many expressions are computed for one constant.
const MAX_STEPS: u32 = 1 << 22;

/// Why there is no value.
const ONLY_RUNNING: &str = "only the running program has this";

/// How deep expressions, blocks and calls are in each other.
const MAX_DEPTH: u32 = 1024;

/// Why code is left before its end.
enum Leave {
    /// By `return`, or by `?`.
    Return(Value),
    /// By `break`.
    Break,
    /// By `continue`.
    Continue,
    /// It has no value that the compiler knows.
    Stuck(Stuck),
}

/// What has no value that the compiler knows.
pub(crate) struct Stuck {
    /// Where it stands: a function's file, or none for the constant's own.
    pub(crate) file: Option<FileId>,
    pub(crate) span: Span,
    /// What about it; nothing if it was reported.
    pub(crate) why: String,
    /// It may have a value, which is too much to compute.
    pub(crate) too_much: bool,
}

type Step<T> = Result<T, Leave>;

/// What reads memory: gives the value there, none where there is no such element, or says why it
/// cannot be read.
pub type Reader<'r> = dyn FnMut(&Memory) -> Result<Option<Value>, String> + 'r;

/// The value of an expression, as far as it is one that the compiler can compute.
pub(crate) fn evaluate(program: &Program, expr: &Expr) -> Result<Value, Stuck> {
    let mut run = Run::new(program, BTreeMap::new(), None);
    let value = run.expr(expr);
    value.map_err(|leave| leave.stuck(expr.span))
}

/// The value of an expression of a test, whose variables have these values.
///
/// # Errors
/// What has no value, and why.
pub fn answer(
    program: &Program,
    locals: BTreeMap<LocalId, Value>,
    expr: &Expr,
    read: &mut Reader<'_>,
) -> Result<Value, (Span, String)> {
    let mut run = Run::new(program, locals, Some(read));
    let value = run.expr(expr);
    value.map_err(|leave| leave.stuck(expr.span).told(expr.span))
}

/// The value of an expression over the fields of a header, which are given by their numbers; `None` if it
/// asks for something else.
pub fn in_header(
    program: &Program,
    expr: &Expr,
    fields: &dyn Fn(u32) -> Option<Value>,
) -> Option<Value> {
    let mut run = Run::new(program, BTreeMap::new(), None);
    run.fields = Some(fields);
    run.expr(expr).ok()
}

/// As [`answer`], of an expression that names a place: where that is.
///
/// # Errors
/// What of it has no value, and why.
pub fn locate(
    program: &Program,
    locals: BTreeMap<LocalId, Value>,
    place: &Expr,
    read: &mut Reader<'_>,
) -> Result<Memory, (Span, String)> {
    let mut run = Run::new(program, locals, Some(read));
    let memory = run.memory(place);
    memory.map_err(|leave| leave.stuck(place.span).told(place.span))
}

struct Run<'p, 'r, 'f> {
    program: &'p Program,
    file: Option<FileId>,
    locals: BTreeMap<LocalId, Value>,
    read: Option<&'r mut Reader<'f>>,
    /// What is known of a header's fields.
    fields: Option<&'r dyn Fn(u32) -> Option<Value>>,
    steps: u32,
    depth: u32,
}

impl Leave {
    /// What is said where code has no value.
    fn stuck(self, span: Span) -> Stuck {
        let why = match self {
            Self::Stuck(stuck) => return stuck,
            Self::Return(Value::Absent) => "this is absent",
            Self::Return(_) | Self::Break | Self::Continue => "control leaves this",
        };
        Stuck { file: None, span, why: why.to_owned(), too_much: false }
    }
}

impl Stuck {
    /// Why, and where in the code itself.
    fn told(self, whole: Span) -> (Span, String) {
        (if self.file.is_some() { whole } else { self.span }, self.why)
    }
}

/// Of code that gives nothing.
fn nothing() -> Value {
    Value::Fields([].into())
}

impl<'p, 'r, 'f> Run<'p, 'r, 'f> {
    fn new(
        program: &'p Program,
        locals: BTreeMap<LocalId, Value>,
        read: Option<&'r mut Reader<'f>>,
    ) -> Self {
        Self { program, file: None, locals, read, fields: None, steps: 0, depth: 0 }
    }

    fn stuck<T>(&self, span: Span, why: impl Into<String>) -> Step<T> {
        Err(Leave::Stuck(Stuck { file: self.file, span, why: why.into(), too_much: false }))
    }

    fn gives_up<T>(&self, span: Span, why: impl Into<String>) -> Step<T> {
        Err(Leave::Stuck(Stuck { file: self.file, span, why: why.into(), too_much: true }))
    }

    /// So many more steps are made.
    fn steps(&mut self, steps: u32, span: Span) -> Step<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            return self.gives_up(span, format!("it takes more than {MAX_STEPS} steps"));
        }
        Ok(())
    }

    fn expr(&mut self, expr: &'p Expr) -> Step<Value> {
        // A copy takes a step for each element.
        let elements = match &expr.ty {
            Type::Array(..) | Type::Struct(_) => Measure::of(self.program, &expr.ty).scalars,
            _ => 0,
        };
        self.steps(u32::try_from(1 + elements).unwrap_or(u32::MAX), expr.span)?;
        if self.depth == MAX_DEPTH {
            return self.gives_up(expr.span, "this is nested too deeply");
        }
        self.depth += 1;
        let value = self.value(expr);
        self.depth -= 1;
        value
    }

    fn value(&mut self, expr: &'p Expr) -> Step<Value> {
        if expr.ty == Type::Error {
            return self.stuck(expr.span, "");
        }
        Ok(match &expr.kind {
            ExprKind::Value(value) => value.clone(),
            ExprKind::Local(_) => match self.at(expr) {
                Some(value) => value.clone(),
                None => return self.stuck(expr.span, "this has no value here"),
            },
            ExprKind::Field(_, _, index)
                if let Some(value) = self.fields.and_then(|fields| fields(*index)) =>
            {
                value
            }
            ExprKind::Member(base, index) => {
                if let Some(value) = self.at(expr) {
                    return Ok(value.clone());
                }
                let whole = self.expr(base)?;
                let part = element(&whole, *index as usize).cloned();
                part.map_or_else(|| self.stuck(expr.span, "this is not there"), Ok)?
            }
            ExprKind::Pick(array, index) => {
                let index = self.index(index)?;
                let picked = match self.at(array) {
                    Some(whole) => element(whole, index).cloned(),
                    None => element(&self.expr(array)?, index).cloned(),
                };
                picked.unwrap_or(Value::Absent)
            }
            ExprKind::Struct(parts) => {
                let parts = parts.iter().map(|part| self.expr(part));
                let parts: Box<[Value]> = parts.collect::<Step<_>>()?;
                match (&expr.ty, &*parts) {
                    (Type::Ipv4Prefix, [Value::Int(length), Value::Ipv4(address)]) => {
                        Value::Ipv4Prefix(*address, *length as u8)
                    }
                    (Type::Ipv6Prefix, [Value::Int(length), Value::Ipv6(address)]) => {
                        Value::Ipv6Prefix(*address, *length as u8)
                    }
                    _ => Value::Fields(parts),
                }
            }
            ExprKind::Deref(place) => {
                let memory = self.memory(place)?;
                match self.read(&memory, place.span)? {
                    Some(value) => value,
                    // Of a function it may be what `?` asks for.
                    None if self.file.is_some() => return Err(Leave::Return(Value::Absent)),
                    None => return self.stuck(place.span, "there is no such element"),
                }
            }
            ExprKind::Operate(map, number, _) if peeks(self.program, *map, *number) => {
                let memory = self.memory(expr)?;
                self.read(&memory, expr.span)?.unwrap_or(Value::Absent)
            }
            ExprKind::Words(inner) => {
                let value = self.expr(inner)?;
                let bytes = bytes(self.program, &inner.ty, Some(&value));
                let words = bytes.chunks(4).map(|chunk| {
                    let word =
                        chunk.iter().rev().fold(0, |word, byte| word << 8 | i128::from(*byte));
                    Value::Int(word)
                });
                Value::Fields(words.collect())
            }
            ExprKind::Present(inner) => self.expr(inner)?,
            ExprKind::Try(inner) => match self.expr(inner)? {
                Value::Absent => return Err(Leave::Return(Value::Absent)),
                value => value,
            },
            ExprKind::And(a, b) => self.both(a, b, false)?,
            ExprKind::Or(a, b) => self.both(a, b, true)?,
            ExprKind::Negate(a) => self.compute(expr, ExprKind::Negate, a)?,
            ExprKind::Complement(a) => self.compute(expr, ExprKind::Complement, a)?,
            ExprKind::Not(a) => self.compute(expr, ExprKind::Not, a)?,
            ExprKind::Convert(a) => self.compute(expr, ExprKind::Convert, a)?,
            ExprKind::In(a, set) => self.compute(expr, |a| ExprKind::In(a, set.clone()), a)?,
            ExprKind::Between(a, low, high) => {
                let between = |a| ExprKind::Between(a, low.clone(), high.clone());
                self.compute(expr, between, a)?
            }
            ExprKind::Binary(op, a, b) => {
                let a = self.known(a)?;
                self.compute(expr, |b| ExprKind::Binary(*op, a, b), b)?
            }
            ExprKind::Compare(op, a, b) => {
                let a = self.known(a)?;
                self.compute(expr, |b| ExprKind::Compare(*op, a, b), b)?
            }
            ExprKind::If(condition, then, otherwise) => {
                if self.asks(condition)? {
                    self.block(then)?
                } else {
                    otherwise.as_ref().map_or_else(|| Ok(nothing()), |block| self.block(block))?
                }
            }
            ExprKind::Match(subject, arms) => {
                let value = self.expr(subject)?;
                for arm in arms {
                    let has = |ranges: &Vec<(Value, Value)>| {
                        ranges.iter().any(|(low, high)| is_between(&value, low, high))
                    };
                    if arm.values.as_ref().is_none_or(has)
                        && match &arm.guard {
                            Some(guard) => self.holds(guard)?,
                            None => true,
                        }
                    {
                        return self.expr(&arm.value);
                    }
                }
                return self.stuck(expr.span, "no arm has this");
            }
            ExprKind::Block(block) => self.block(block)?,
            ExprKind::Call(id, args) => {
                let args = args.iter().map(|arg| self.expr(arg)).collect::<Step<Vec<_>>>()?;
                let function = &self.program.functions[*id];
                let locals = function.params.iter().copied().zip(args).collect();
                let caller = (self.file, std::mem::replace(&mut self.locals, locals));
                self.file = Some(function.file);
                let result = self.block(&function.body.block);
                (self.file, self.locals) = caller;
                match result {
                    Err(Leave::Return(value)) => value,
                    other => other?,
                }
            }
            _ => return self.stuck(expr.span, ONLY_RUNNING),
        })
    }

    /// Where a place in memory is.
    fn memory(&mut self, place: &'p Expr) -> Step<Memory> {
        let ty = place.ty.place().unwrap_or(&place.ty).clone();
        let (base, index) = match &place.kind {
            ExprKind::Try(inner) => {
                return self.memory(inner).map(|memory| Memory { ty, ..memory });
            }
            ExprKind::Var(var) => {
                return Ok(Memory { root: Root::Var(*var), path: Vec::new(), ty });
            }
            ExprKind::Operate(map, number, args)
                if let Some(key) = key(self.program, *map, *number, args) =>
            {
                let root = Root::Element(*map, self.expr(key)?);
                return Ok(Memory { root, path: Vec::new(), ty });
            }
            ExprKind::Operate(map, number, args) if peeks(self.program, *map, *number) => {
                let asked = args.first().map(|value| self.expr(value)).transpose()?;
                let ty = if let Type::Optional(inner) = ty { *inner } else { ty };
                return Ok(Memory { root: Root::Peeked(*map, asked), path: Vec::new(), ty });
            }
            ExprKind::Part(base, index) => (base, *index),
            ExprKind::At(base, index) => (base, self.index(index)? as u32),
            _ => return self.stuck(place.span, ONLY_RUNNING),
        };
        let mut memory = self.memory(base)?;
        memory.path.push(index);
        Ok(Memory { ty, ..memory })
    }

    fn read(&mut self, memory: &Memory, span: Span) -> Step<Option<Value>> {
        let Some(read) = &mut self.read else { return self.stuck(span, ONLY_RUNNING) };
        read(memory).or_else(|why| self.stuck(span, why))
    }

    /// An operand as an expression that is known.
    fn known(&mut self, operand: &'p Expr) -> Step<Box<Expr>> {
        let value = self.expr(operand)?;
        let kind = ExprKind::Value(value);
        Ok(Box::new(Expr { kind, ty: operand.ty.clone(), span: operand.span }))
    }

    /// What an operator makes of its last operand.
    fn compute(
        &mut self,
        expr: &'p Expr,
        op: impl FnOnce(Box<Expr>) -> ExprKind,
        last: &'p Expr,
    ) -> Step<Value> {
        let kind = op(self.known(last)?);
        let known = Expr { kind, ty: expr.ty.clone(), span: expr.span };
        compute(&known).map_or_else(|| self.stuck(expr.span, "this is not computed"), Ok)
    }

    /// `&&`, or `||`, which the first operand decides if it is `decides`.
    fn both(&mut self, a: &'p Expr, b: &'p Expr, decides: bool) -> Step<Value> {
        let first = self.holds(a)?;
        Ok(Value::Bool(if first == decides { first } else { self.holds(b)? }))
    }

    fn holds(&mut self, expr: &'p Expr) -> Step<bool> {
        Ok(self.expr(expr)? == Value::Bool(true))
    }

    fn asks(&mut self, condition: &'p Condition) -> Step<bool> {
        match condition {
            Condition::If(asked) => self.holds(asked),
            Condition::Let(local, value) => {
                let value = self.expr(value)?;
                let is_there = value != Value::Absent;
                self.locals.insert(*local, value);
                Ok(is_there)
            }
        }
    }

    /// The number of an element.
    fn index(&mut self, index: &'p Expr) -> Step<usize> {
        let number = self.expr(index)?.number();
        match number.and_then(|number| usize::try_from(number).ok()) {
            Some(number) => Ok(number),
            None => self.stuck(index.span, "this is no number of an element"),
        }
    }

    /// A variable or a constant, or a part of one, without a copy.
    fn at<'v>(&'v self, expr: &'v Expr) -> Option<&'v Value> {
        match &expr.kind {
            ExprKind::Value(value) => Some(value),
            ExprKind::Local(local) => self.locals.get(local),
            ExprKind::Member(base, index) => element(self.at(base)?, *index as usize),
            _ => None,
        }
    }

    fn block(&mut self, block: &'p Block) -> Step<Value> {
        for stmt in &block.statements {
            self.stmt(stmt)?;
        }
        block.tail.as_ref().map_or_else(|| Ok(nothing()), |tail| self.expr(tail))
    }

    fn stmt(&mut self, stmt: &'p Stmt) -> Step<()> {
        match &stmt.kind {
            StmtKind::Let(local, value, otherwise) => {
                let value = self.expr(value)?;
                if value == Value::Absent
                    && let Some(otherwise) = otherwise
                {
                    self.block(otherwise)?;
                }
                self.locals.insert(*local, value);
            }
            StmtKind::Assign(place, value) => {
                let value = self.expr(value)?;
                self.assign(place, value, stmt.span)?;
            }
            StmtKind::Expr(value) => {
                self.expr(value)?;
            }
            StmtKind::Return(value) => {
                let value = value.as_ref().map_or_else(|| Ok(nothing()), |v| self.expr(v))?;
                return Err(Leave::Return(value));
            }
            StmtKind::Break => return Err(Leave::Break),
            StmtKind::Continue => return Err(Leave::Continue),
            StmtKind::For { local, start, end, included, limit, body } => {
                let [start, end] = [self.expr(start)?, self.expr(end)?].map(|v| v.number());
                let (Some(start), Some(end)) = (start, end) else {
                    return self.stuck(stmt.span, "this counts no numbers");
                };
                let end = end + i128::from(*included);
                for number in (start..end).take(*limit as usize) {
                    self.locals.insert(*local, Value::Int(number));
                    if !self.round(body, stmt.span)? {
                        break;
                    }
                }
            }
            StmtKind::Items { local, array, body } => {
                let Value::Fields(all) = self.expr(array)? else {
                    return self.stuck(array.span, "this has no elements");
                };
                for element in all {
                    self.locals.insert(*local, element);
                    if !self.round(body, stmt.span)? {
                        break;
                    }
                }
            }
            StmtKind::While { condition, limit, body } => {
                for _ in 0..*limit {
                    if !self.asks(condition)? || !self.round(body, stmt.span)? {
                        break;
                    }
                }
            }
            StmtKind::Store(..)
            | StmtKind::Write(_)
            | StmtKind::Set(..)
            | StmtKind::Lock(..)
            | StmtKind::Each(_) => {
                return self.stuck(stmt.span, ONLY_RUNNING);
            }
        }
        Ok(())
    }

    /// A round of a loop; whether there may be another.
    fn round(&mut self, body: &'p Block, span: Span) -> Step<bool> {
        self.steps(1, span)?;
        match self.block(body) {
            Ok(_) | Err(Leave::Continue) => Ok(true),
            Err(Leave::Break) => Ok(false),
            Err(other) => Err(other),
        }
    }

    fn assign(&mut self, place: &'p Place, value: Value, span: Span) -> Step<()> {
        let mut path = Vec::new();
        for way in &place.path {
            path.push(match way {
                Way::Part(index) => *index as usize,
                Way::Element(index) => self.index(index)?,
            });
        }
        let mut at = self.locals.get_mut(&place.local);
        for index in path {
            at = match at {
                Some(Value::Fields(parts)) => parts.get_mut(index),
                _ => None,
            };
        }
        match at {
            Some(at) => *at = value,
            None => return self.stuck(span, "this is not there"),
        }
        Ok(())
    }
}

fn element(whole: &Value, index: usize) -> Option<&Value> {
    match whole {
        Value::Fields(parts) => parts.get(index),
        _ => None,
    }
}

fn is_between(value: &Value, low: &Value, high: &Value) -> bool {
    match (value.number(), low.number(), high.number()) {
        (Some(value), Some(low), Some(high)) => low <= value && value <= high,
        _ => value == low,
    }
}
