//! Code that the compiler runs: what a constant's value is made with.
//!
//! It means what it means in a program, see [`compute`] for the arithmetic. What only the running
//! program has stops it, and so do too many steps.

use std::collections::BTreeMap;

use nbpfc_source::{FileId, Span};

use crate::constant::compute;
use crate::layout::bytes;
use crate::program::{
    Block, Body, Condition, Expr, ExprKind, LocalId, Place, Program, Stmt, StmtKind, Way,
};
use crate::types::Type;
use crate::value::Value;

/// So many expressions are computed for one constant.
const MAX_STEPS: u32 = 1 << 22;

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
}

type Step<T> = Result<T, Leave>;

/// The value of an expression of this body, as far as it is one that the compiler can compute.
pub(crate) fn evaluate(program: &Program, body: &Body, expr: &Expr) -> Result<Value, Stuck> {
    let mut run = Run { program, body, file: None, locals: BTreeMap::new(), steps: 0, depth: 0 };
    match run.expr(expr) {
        Ok(value) => Ok(value),
        Err(Leave::Stuck(stuck)) => Err(stuck),
        Err(Leave::Return(_) | Leave::Break | Leave::Continue) => {
            Err(Stuck { file: None, span: expr.span, why: "control leaves this".to_owned() })
        }
    }
}

struct Run<'p> {
    program: &'p Program,
    body: &'p Body,
    file: Option<FileId>,
    locals: BTreeMap<LocalId, Value>,
    steps: u32,
    depth: u32,
}

/// Of code that gives nothing.
fn nothing() -> Value {
    Value::Fields([].into())
}

impl<'p> Run<'p> {
    fn stuck<T>(&self, span: Span, why: impl Into<String>) -> Step<T> {
        Err(Leave::Stuck(Stuck { file: self.file, span, why: why.into() }))
    }

    fn expr(&mut self, expr: &'p Expr) -> Step<Value> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return self.stuck(expr.span, format!("it takes more than {MAX_STEPS} steps"));
        }
        if self.depth == MAX_DEPTH {
            return self.stuck(expr.span, "this is nested too deeply");
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
                Value::Fields(parts.collect::<Step<_>>()?)
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
                let caller = (self.body, self.file, std::mem::replace(&mut self.locals, locals));
                (self.body, self.file) = (&function.body, Some(function.file));
                let result = self.block(&function.body.block);
                (self.body, self.file, self.locals) = caller;
                match result {
                    Err(Leave::Return(value)) => value,
                    other => other?,
                }
            }
            _ => return self.stuck(expr.span, "only the running program has this"),
        })
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

    /// A variable, or a part of one, without a copy.
    fn at(&self, expr: &Expr) -> Option<&Value> {
        match &expr.kind {
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
            StmtKind::For { local, start, end, limit, body } => {
                let [start, end] = [self.expr(start)?, self.expr(end)?].map(|v| v.number());
                let (Some(start), Some(end)) = (start, end) else {
                    return self.stuck(stmt.span, "this counts no numbers");
                };
                for number in (start..end).take(*limit as usize) {
                    self.locals.insert(*local, Value::Int(number));
                    if !self.round(body)? {
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
                    if !self.round(body)? {
                        break;
                    }
                }
            }
            StmtKind::While { condition, limit, body } => {
                for _ in 0..*limit {
                    if !self.asks(condition)? || !self.round(body)? {
                        break;
                    }
                }
            }
            StmtKind::Store(..) | StmtKind::Write(_) | StmtKind::Lock(..) | StmtKind::Each(_) => {
                return self.stuck(stmt.span, "only the running program has this");
            }
        }
        Ok(())
    }

    /// A round of a loop; whether there may be another.
    fn round(&mut self, body: &'p Block) -> Step<bool> {
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
