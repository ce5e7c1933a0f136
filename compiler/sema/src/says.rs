//! By what a header says what follows it.

use crate::constant::number;
use crate::program::{CompareOp, Expr, ExprKind, Follow, Number, Program};
use crate::types::{HeaderId, Type};

/// What fields are, for a condition to hold that asks for equality.
fn equalities(condition: &Expr) -> Option<Vec<(u32, i128)>> {
    match &condition.kind {
        ExprKind::Compare(CompareOp::Eq, a, b) => {
            let (field, number) = match (a.field(), number(b)) {
                (Some(field), Some(number)) => (field, number),
                _ => (b.field()?, number(a)?),
            };
            Some(vec![(field, number)])
        }
        ExprKind::Field(_, _, index) if condition.ty == Type::Bool => Some(vec![(*index, 1)]),
        ExprKind::Not(flag) if flag.ty == Type::Bool => Some(vec![(flag.field()?, 0)]),
        ExprKind::And(a, b) => Some([equalities(a)?, equalities(b)?].concat()),
        ExprKind::Or(a, b) => equalities(a).or_else(|| equalities(b)),
        _ => None,
    }
}

impl Program {
    /// What the fields of a header are where it says that another one follows; `None` if it never
    /// says so.
    pub fn says(&self, header: HeaderId, next: HeaderId) -> Option<Vec<(u32, i128)>> {
        self.headers[header].next.iter().find_map(|step| {
            let (ranges, _) = step.arms.iter().find(|(_, to)| *to == next)?;
            match (&step.selector, &step.condition) {
                (Some(selector), _) => {
                    let &(low, _) = ranges.first()?;
                    Some(vec![(selector.field()?, low)])
                }
                (None, None) => Some(Vec::new()),
                (None, Some(condition)) => equalities(condition),
            }
        })
    }

    /// The flag of a header without a selector that says that another one follows, perhaps behind one that
    /// only looks ahead, and what it is then.
    fn flag_for(&self, header: HeaderId, follower: HeaderId) -> Option<(u32, i128)> {
        let mut otherwise = None;
        for step in &self.headers[header].next {
            let [(_, to)] = step.arms.as_slice() else { return None };
            if step.selector.is_some() {
                return None;
            }
            let asked = match &step.condition {
                Some(condition) => equalities(condition)?,
                None => Vec::new(),
            };
            let leads = *to == follower
                || self.headers[*to].looks_ahead() && self.followers(*to).contains(&follower);
            let flag = match asked[..] {
                [] => None,
                [asked] => Some(asked),
                // Without more being said it does not hold, and another one decides.
                _ if !leads && asked.iter().any(|asked| !self.is_usual(header, *asked)) => continue,
                _ => return None,
            };
            if leads {
                return flag.or(otherwise);
            }
            // What always follows, or several questions.
            let (field, number) = flag.filter(|_| otherwise.is_none())?;
            if self.headers[header].fields[field as usize].ty != Type::Bool {
                return None;
            }
            otherwise = Some((field, 1 - number));
        }
        None
    }

    /// Whether a field is this number where nobody says what it is.
    fn is_usual(&self, header: HeaderId, (field, number): (u32, i128)) -> bool {
        let default = self.headers[header].fields[field as usize].default.as_ref();
        default.map_or(0, |default| default.number().unwrap_or(0)) == number
    }

    /// The number in one header that says what follows it, from that of another; `None` if nothing that may
    /// follow the one may follow the other.
    pub(crate) fn follow(&self, from: HeaderId, to: HeaderId) -> Option<Follow> {
        let one = self.selector(from)?;
        let Some(other) = self.selector(to) else { return self.flagged((from, one), to) };
        let (own, others) = (self.arms(from, one), self.arms(to, other));
        let same = own == others;
        let numbers = own.into_iter().filter_map(|(ranges, next)| {
            let said = self.says(to, *next)?;
            let (_, number) = *said.first().filter(|(field, _)| *field == other)?;
            Some(ranges.iter().map(move |range| (*range, number)))
        });
        let numbers: Vec<_> = numbers.flatten().collect();
        (same || !numbers.is_empty()).then(|| {
            let numbers = (!same).then_some(numbers);
            Follow { from: (from, one), to: (to, other), numbers }
        })
    }

    /// How the number in one header that says what follows it is told by what stands behind another.
    pub(crate) fn told_behind(&self, from: HeaderId, to: HeaderId) -> Vec<(HeaderId, Number)> {
        let mut ways: Vec<(HeaderId, Number)> = Vec::new();
        let next = self.headers[from].next.iter();
        for (_, behind) in next.flat_map(|next| &next.arms) {
            let number = if self.headers[*behind].looks_ahead() {
                self.follow(*behind, to).map(Number::From)
            } else {
                match self.says(to, *behind).as_deref() {
                    Some([(field, number)]) if self.selector(to) == Some(*field) => {
                        Some(Number::Known(*number))
                    }
                    _ => None,
                }
            };
            if let Some(number) = number
                && !ways.iter().any(|(known, _)| known == behind)
            {
                ways.push((*behind, number));
            }
        }
        ways
    }

    /// The arms by which a field says what follows a header.
    fn arms(&self, header: HeaderId, field: u32) -> Vec<&(Vec<(i128, i128)>, HeaderId)> {
        let next = self.headers[header].next.iter();
        next.filter(|next| next.selector.as_ref().and_then(Expr::field) == Some(field))
            .flat_map(|next| &next.arms)
            .collect()
    }

    /// What follows one header by its number follows another by a flag.
    fn flagged(&self, (from, one): (HeaderId, u32), to: HeaderId) -> Option<Follow> {
        let mut flag = None;
        let mut numbers = Vec::new();
        for (ranges, next) in self.arms(from, one) {
            let Some((field, number)) = self.flag_for(to, *next) else { continue };
            if *flag.get_or_insert(field) != field {
                return None;
            }
            numbers.extend(ranges.iter().map(|range| (*range, number)));
        }
        Some(Follow { from: (from, one), to: (to, flag?), numbers: Some(numbers) })
    }

    /// The field by which a header says what follows.
    pub fn selector(&self, header: HeaderId) -> Option<u32> {
        let mut selectors =
            self.headers[header].next.iter().filter_map(|next| next.selector.as_ref());
        selectors.find_map(Expr::field)
    }
}
