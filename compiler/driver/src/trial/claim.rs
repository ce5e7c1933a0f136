//! What tests say of memory: `expect TRUTH;`.

use nbpfc_sema::{Claim, Expr, ExprKind, Part as TypedPart, Type, Value};
use nbpfc_source::Span;

use super::show::show;
use super::steps::{Stop, Trial};

impl Trial<'_> {
    pub(super) fn expect(&mut self, claim: &Claim, span: Span) -> Result<(), Stop> {
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
    pub(super) fn holds(
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
}
