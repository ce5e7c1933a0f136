//! What loops cost the kernel's verifier, which follows them round by round.

use nbpfc_ir::{BinaryOp, Type as Scalar};
use nbpfc_kernel::COMPLEXITY;
use nbpfc_sema::{Block, Condition, Expr, ExprKind, LocalId, Part, Stmt, StmtKind};
use nbpfc_source::{Code, Diagnostic, Span};

use crate::lowering::Lowering;
use crate::mark::Mark;

/// Where a loop began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    instructions: u64,
    span: Span,
}

impl Lowering<'_> {
    /// What the verifier has to look at so far if it goes each way once and each loop round by
    /// round: what is saved by optimising and what its branches cost it are not known here.
    pub(crate) fn looked_at(&self) -> u64 {
        self.builder.inst_count() as u64 + self.repeated
    }

    /// A loop begins with what is lowered next, where its rounds begin. Whether it goes on is asked up to
    /// `asked` in the source.
    pub(crate) fn begin_loop(&mut self, asked: Span) -> Begun {
        if !self.foreign {
            self.loops.push(Span { start: self.at.start, end: asked.end });
        }
        Begun { instructions: self.looked_at(), span: self.at }
    }

    /// The loop that began there has been lowered, and goes round so many times.
    pub(crate) fn end_loop(&mut self, begun: Begun, rounds: u32) {
        let body = self.looked_at() - begun.instructions;
        let more = body.saturating_mul(u64::from(rounds.saturating_sub(1)));
        let before = self.looked_at();
        self.repeated = self.repeated.saturating_add(more);
        let most = COMPLEXITY as u64;
        if before <= most && self.looked_at() > most {
            let message = format!("{rounds} rounds are more than the kernel's verifier follows");
            let error = Diagnostic::error(Code::TargetLimit, message, self.file, begun.span);
            self.report(
                error
                    .note(format!(
                        "it looks at {COMPLEXITY} instructions of a program, and goes through \
                         about {body} in each round",
                    ))
                    .help(format!("at most {} rounds", (most / body.max(1)).max(1))),
            );
        }
    }

    /// Goes on at the head of a loop, which what moves the packet's headers in it leads to as well.
    pub(crate) fn begin_rounds(&mut self, begun: &mut Begun, head: nbpfc_ir::Block) {
        begun.instructions = self.looked_at();
        if self.frame.moves {
            self.moved();
        }
        self.builder.jump(head);
        self.builder.switch_to(head);
        self.around += 1;
        self.settle(true);
    }

    /// Goes back to the head of a loop, and on behind it.
    /// Who has nothing left to go round for comes by `end`; see [`Lowering::marked`].
    pub(crate) fn end_rounds(
        &mut self,
        head: nbpfc_ir::Block,
        [end, done]: [nbpfc_ir::Block; 2],
        span: Span,
    ) {
        self.builder.jump(head);
        self.builder.seal(head);
        self.around -= 1;
        self.fill_marked(end, done, span, Mark::End);
        self.builder.enter(done);
        self.settle(false);
    }

    /// What a loop's condition asks about, the verifier knows in all rounds.
    pub(crate) fn keep_asked(&mut self, condition: &Condition) {
        let (Condition::If(expr) | Condition::Let(_, expr)) = condition;
        let locals = self.frame.body.locals.keys().filter(|local| mentions(expr, *local));
        let kept: Vec<_> = locals.flat_map(|local| self.frame.locals[local].clone()).collect();
        self.in_scope.retain(|variable| !kept.contains(variable));
    }

    /// Makes the verifier forget the numbers that variables have which a loop assigns. It tells
    /// states apart by what it knows, and so would follow every way through the rounds as long as
    /// it knows where each has counted to. What a loop's own condition asks about it may know.
    pub(crate) fn forget_assigned(&mut self, condition: Option<&Condition>, body: &Block) {
        let mut assigned = assigned_in(body);
        let asked = |local: LocalId| match condition {
            Some(Condition::If(expr) | Condition::Let(_, expr)) => mentions(expr, local),
            None => false,
        };
        assigned.retain(|local| !asked(*local));
        let mut zero = None;
        for local in assigned {
            for variable in self.frame.locals[local].clone() {
                let value = self.builder.get(variable);
                let Some(number) = self.builder.known(value) else { continue };
                let zero = *zero.get_or_insert_with(|| self.unknown_zero());
                let wide = self.builder.ty(value) == Scalar::I64;
                let start = match (wide, number) {
                    (false, 0) => zero,
                    (false, _) => self.builder.binary(BinaryOp::Add, zero, value),
                    (true, _) => {
                        let both = self.unknown_wide_zero();
                        self.builder.binary(BinaryOp::Add, both, value)
                    }
                };
                self.builder.set(variable, start);
            }
        }
    }
}

/// The variables that a block assigns.
fn assigned_in(block: &Block) -> Vec<LocalId> {
    let mut assigned = Vec::new();
    Part::Block(block).each(&mut |part| {
        if let Part::Stmt(Stmt { kind: StmtKind::Assign(place, _), .. }) = part
            && !assigned.contains(&place.local)
        {
            assigned.push(place.local);
        }
    });
    assigned
}

/// Whether a condition asks about a variable.
fn mentions(expr: &Expr, local: LocalId) -> bool {
    Part::Expr(expr).any(&mut |expr| matches!(expr.kind, ExprKind::Local(other) if other == local))
}
