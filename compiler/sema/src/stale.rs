//! What is no good behind a resize: headers and bytes that were found before the packet's bytes
//! moved.

use std::collections::BTreeMap;

use cranelift_entity::PrimaryMap;
use nbpfc_source::{Code, Span};

use crate::checker::Checker;
use crate::program::{
    AtomicOp, Block, Body, Condition, Expr, ExprKind, Function, FunctionId, LocalId, Part, Stmt,
    StmtKind,
};
use crate::types::Type;

/// The variables that are no good, and what made them so; `None` where control does not come.
type State = Option<BTreeMap<LocalId, Span>>;

impl Checker<'_> {
    /// Reports what a body uses behind the resize that made it no good.
    pub(crate) fn check_stale(&mut self, source: usize, body: &Body) {
        if !body.resizes {
            return;
        }
        let functions = &self.program.functions;
        let mut walk = Walk { body, functions, loops: Vec::new(), found: BTreeMap::new() };
        walk.block(&body.block, &mut Some(BTreeMap::new()));
        for ((start, end), (local, moved)) in walk.found {
            let name = &body.locals[local].name;
            let message = format!("`{name}` was found before the packet's bytes moved");
            let span = Span { start, end };
            let error = self
                .error(Code::Moved, source, span, message)
                .related(moved, "they are moved here")
                .help(format!("find it again behind that, or use `{name}` before it"));
            self.report(error);
        }
    }
}

/// Whether values of a type are places in the packet.
fn is_place(ty: &Type) -> bool {
    match ty {
        Type::Header(_) | Type::Inner(_) | Type::Bytes(_) => true,
        Type::Optional(inner) => is_place(inner),
        _ => false,
    }
}

/// What holds where two ways meet.
fn meet(a: State, b: State) -> State {
    match (a, b) {
        (Some(mut a), Some(b)) => {
            for (local, span) in b {
                a.entry(local).or_insert(span);
            }
            Some(a)
        }
        (a, b) => a.or(b),
    }
}

/// What holds at the ends of a loop's rounds.
#[derive(Default)]
struct Round {
    breaks: State,
    continues: State,
}

struct Walk<'b> {
    body: &'b Body,
    functions: &'b PrimaryMap<FunctionId, Function>,
    loops: Vec<Round>,
    /// Uses by place.
    found: BTreeMap<(u32, u32), (LocalId, Span)>,
}

impl Walk<'_> {
    fn part(&mut self, part: Part<'_>, state: &mut State) {
        match part {
            Part::Expr(expr) => self.expr(expr, state),
            Part::Stmt(stmt) => self.stmt(stmt, state),
            Part::Block(block) => self.block(block, state),
        }
    }

    fn block(&mut self, block: &Block, state: &mut State) {
        for stmt in &block.statements {
            self.stmt(stmt, state);
        }
        if let Some(tail) = &block.tail {
            self.expr(tail, state);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, state: &mut State) {
        match &stmt.kind {
            StmtKind::Let(local, value, otherwise) => {
                self.expr(value, state);
                if let Some(otherwise) = otherwise {
                    self.block(otherwise, &mut state.clone());
                }
                fresh(*local, state);
            }
            StmtKind::Assign(place, _) => {
                for part in stmt.parts() {
                    self.part(part, state);
                }
                if place.path.is_empty() {
                    fresh(place.local, state);
                }
            }
            StmtKind::Store(place, _, value) => {
                self.expr(value, state);
                self.expr(place, state);
            }
            StmtKind::Write(write) => {
                self.expr(&write.value, state);
                self.expr(&write.base, state);
            }
            StmtKind::Lock(place, body) => {
                self.expr(place, state);
                self.block(body, state);
            }
            StmtKind::Set(_, _, value) | StmtKind::Expr(value) => self.expr(value, state),
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.expr(value, state);
                }
                *state = None;
            }
            StmtKind::Break => {
                if let Some(round) = self.loops.last_mut() {
                    round.breaks = meet(round.breaks.take(), state.take());
                }
            }
            StmtKind::Continue => {
                if let Some(round) = self.loops.last_mut() {
                    round.continues = meet(round.continues.take(), state.take());
                }
            }
            StmtKind::For { start, end, body, .. } => {
                self.expr(start, state);
                self.expr(end, state);
                self.rounds(state, |walk, state| {
                    let done = state.clone();
                    walk.block(body, state);
                    done
                });
            }
            StmtKind::Items { local, array, body } => {
                self.expr(array, state);
                self.rounds(state, |walk, state| {
                    let done = state.clone();
                    fresh(*local, state);
                    walk.block(body, state);
                    done
                });
            }
            StmtKind::Each(each) => {
                self.expr(&each.base, state);
                // The first one is found here.
                fresh(each.local, state);
                self.rounds(state, |walk, state| {
                    // The next one lies behind this one, where it was found.
                    if let Some(moved) = state.as_ref().and_then(|state| state.get(&each.local)) {
                        let place = (each.base.span.start, each.base.span.end);
                        walk.found.entry(place).or_insert((each.local, *moved));
                    }
                    let done = state.clone();
                    fresh(each.local, state);
                    walk.block(&each.body, state);
                    done
                });
            }
            StmtKind::While { condition, body, .. } => self.rounds(state, |walk, state| {
                walk.condition(condition, state);
                let done = state.clone();
                walk.block(body, state);
                done
            }),
        }
    }

    /// A loop: rounds until they change nothing more. `round` gives what holds where it is over.
    fn rounds(&mut self, state: &mut State, round: impl Fn(&mut Self, &mut State) -> State) {
        let mut head = state.clone();
        loop {
            self.loops.push(Round::default());
            let mut end = head.clone();
            let done = round(self, &mut end);
            let Round { breaks, continues } = self.loops.pop().unwrap_or_default();
            let next = meet(head.clone(), meet(end, continues));
            if next == head {
                *state = meet(done, breaks);
                return;
            }
            head = next;
        }
    }

    fn condition(&mut self, condition: &Condition, state: &mut State) {
        match condition {
            Condition::If(asked) => self.expr(asked, state),
            Condition::Let(local, value) => {
                self.expr(value, state);
                fresh(*local, state);
            }
        }
    }

    /// Several expressions, one after the other.
    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>, state: &mut State) {
        exprs.into_iter().for_each(|expr| self.expr(expr, state));
    }

    fn expr(&mut self, expr: &Expr, state: &mut State) {
        match &expr.kind {
            ExprKind::Local(local) => {
                if let Some(moved) = state.as_ref().and_then(|state| state.get(local)) {
                    self.found.entry((expr.span.start, expr.span.end)).or_insert((*local, *moved));
                }
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                self.expr(a, state);
                let mut asked = state.clone();
                self.expr(b, &mut asked);
                *state = meet(state.take(), asked);
            }
            ExprKind::If(condition, then, otherwise) => {
                let mut other = state.clone();
                self.condition(condition, state);
                if let Condition::If(asked) = &**condition {
                    self.expr(asked, &mut other);
                }
                self.block(then, state);
                if let Some(otherwise) = otherwise {
                    self.block(otherwise, &mut other);
                }
                *state = meet(state.take(), other);
            }
            ExprKind::Match(subject, arms) => {
                self.expr(subject, state);
                let mut after = None;
                for arm in arms {
                    let mut taken = state.clone();
                    self.all(arm.guard.iter().chain([&arm.value]), &mut taken);
                    after = meet(after, taken);
                }
                *state = after;
            }
            ExprKind::Block(block) => self.block(block, state),
            ExprKind::Atomic(atomic) => {
                self.all([&atomic.value, &atomic.target], state);
                if let AtomicOp::CompareExchange(expected) = &atomic.op {
                    self.expr(expected, state);
                }
            }
            // All that is in it is computed, in order.
            _ => {
                for part in expr.parts() {
                    self.part(part, state);
                }
                let moves = match &expr.kind {
                    ExprKind::Push(_) | ExprKind::Pop(_) => true,
                    ExprKind::Call(function, _) => self.functions[*function].body.resizes,
                    _ => false,
                };
                if moves {
                    self.moved(expr.span, state);
                }
            }
        }
    }

    /// The packet's bytes move: places in it are no good any more.
    fn moved(&self, span: Span, state: &mut State) {
        let Some(state) = state else { return };
        let places = self.body.locals.iter().filter(|(_, data)| is_place(&data.ty));
        state.extend(places.map(|(local, _)| (local, span)));
    }
}

/// A variable gets a new value.
fn fresh(local: LocalId, state: &mut State) {
    if let Some(state) = state {
        state.remove(&local);
    }
}
