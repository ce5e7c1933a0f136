//! What loops cost the kernel's verifier, which follows them round by round.

use nbpfc_kernel::COMPLEXITY;
use nbpfc_source::{Code, Diagnostic, Span};

use crate::lowering::Lowering;

/// Where a loop began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    instructions: u64,
    span: Span,
}

impl Lowering<'_> {
    /// What the verifier has to look at so far if it goes each way once and each loop round by
    /// round: what is saved by optimising and what its branches cost it are not known here.
    fn looked_at(&self) -> u64 {
        self.builder.inst_count() as u64 + self.repeated
    }

    /// A loop begins with what is lowered next.
    pub(crate) fn begin_loop(&self) -> Begun {
        Begun { instructions: self.looked_at(), span: self.builder.span() }
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
            self.diagnostics.push(
                error
                    .note(format!(
                        "it looks at {COMPLEXITY} instructions of a program, and goes through \
                         about {body} in each round",
                    ))
                    .help(format!("at most {} rounds", (most / body.max(1)).max(1))),
            );
        }
    }
}
