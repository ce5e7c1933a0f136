//! What is assigned: a variable, or a part of one.

use nbpfc_source::Code;

use crate::body::{Scope, expr};
use crate::program::{Expr, ExprKind, Local, Place, Stmt, StmtKind, Way};
use crate::types::{MapId, Type};

impl Scope<'_, '_> {
    /// The place that an expression names, if it can be assigned.
    pub(crate) fn place_of(&mut self, target: &Expr) -> Option<Place> {
        let mut path = Vec::new();
        let mut at = target;
        loop {
            match &at.kind {
                ExprKind::Member(base, index) => {
                    path.insert(0, Way::Part(*index));
                    at = base;
                }
                ExprKind::Local(local) => {
                    let data = &self.body.locals[*local];
                    if data.mutable {
                        return Some(Place { local: *local, path });
                    }
                    let message = format!("`{}` cannot be assigned", data.name);
                    let error = self.error(Code::ReadOnly, target.span, message);
                    let error = match data.ty {
                        Type::Packet(_) => error.help("assign the fields of its headers"),
                        _ => error
                            .related(data.span, "declared without `mut`")
                            .help(format!("declare it with `let mut {}`", data.name)),
                    };
                    self.report(error);
                    return None;
                }
                ExprKind::Deref(place) if matches!(place.kind, ExprKind::Var(_)) => {
                    let message = "only the loader sets this, before the program runs";
                    let error = self.error(Code::ReadOnly, target.span, message);
                    self.report(error.help("declare it with `var`, to change it in programs"));
                    return None;
                }
                ExprKind::Pick(base, _) if matches!(at.ty, Type::Optional(_)) => {
                    let count = match base.ty {
                        Type::Array(_, count) => count,
                        _ => 0,
                    };
                    let error = self.not_inside(target.span, count);
                    self.report(error);
                    return None;
                }
                ExprKind::Pick(base, index) => {
                    path.insert(0, Way::Element((**index).clone()));
                    at = base;
                }
                ExprKind::Field(..) => {
                    let message = "an array of a header is not assigned";
                    let error = self.error(Code::ReadOnly, target.span, message);
                    self.report(error.help("fields with one value can be"));
                    return None;
                }
                ExprKind::OfContext(_) if !path.is_empty() => {
                    let message = "which element this is only the running program knows";
                    let error = self.error(Code::ReadOnly, target.span, message);
                    self.report(error.help("name it by a number: `pkt.cb[0] = value;`"));
                    return None;
                }
                ExprKind::Meta(_) | ExprKind::OfContext(_) => {
                    let error = self.error(Code::ReadOnly, target.span, "this cannot be assigned");
                    self.report(error.label("known of the packet, not part of it"));
                    return None;
                }
                _ if let Some(map) = element_of(at)
                    && !matches!(&at.ty, Type::Optional(inner) if inner.place().is_some()) =>
                {
                    let data = &self.checker.program.maps[map];
                    let kind = &self.checker.program.map_types[data.ty];
                    let inserts =
                        kind.operations.iter().any(|operation| operation.name == "insert");
                    let message = format!("elements of `{}` are no places", data.name);
                    let help = if inserts {
                        format!("write `{}.insert(key, value)`", data.name)
                    } else {
                        format!("what is in `{}` user space puts there", data.name)
                    };
                    let error = self.error(Code::ReadOnly, target.span, message);
                    self.report(error.help(help));
                    return None;
                }
                _ if matches!(&at.ty, Type::Optional(inner) if inner.place().is_some()) => {
                    let error = self.absent(target, "may be absent, and is no place then");
                    self.report(
                        error.note("of most maps `m.at(k)` makes it where it is not there"),
                    );
                    return None;
                }
                _ => {
                    let error = self.error(Code::ReadOnly, target.span, "this is not a place");
                    self.report(error.help("assign to a variable declared with `let mut`"));
                    return None;
                }
            }
        }
    }

    /// A place that is read before it is assigned: numbers of elements are computed once, before, and
    /// so is the header that a field is of.
    pub(crate) fn once(&mut self, mut place: Expr) -> (Expr, Vec<Stmt>) {
        let mut before = Vec::new();
        let mut at = &mut place;
        loop {
            at = match &mut at.kind {
                ExprKind::Member(base, _) => base,
                ExprKind::Field(base, ..) => {
                    before.extend(self.computed_before(base, "header"));
                    return (place, before);
                }
                ExprKind::Pick(base, index) => {
                    before.extend(self.computed_before(index, "index"));
                    base
                }
                _ => return (place, before),
            };
        }
    }

    /// A variable that gets a value before the statement that it is in, where it stands for it.
    fn computed_before(&mut self, value: &mut Expr, name: &str) -> Option<Stmt> {
        if let ExprKind::Local(_) = value.kind {
            return None;
        }
        let (ty, span) = (value.ty.clone(), value.span);
        let greatest = self.greatest(value);
        let local = Local { name: name.to_owned(), ty: ty.clone(), mutable: false, span };
        let local = self.body.locals.push(local);
        self.greatest.extend(greatest.map(|most| (local, most)));
        let named = expr(ExprKind::Local(local), ty, span);
        let value = std::mem::replace(value, named);
        Some(Stmt { kind: StmtKind::Let(local, value, None), span })
    }
}

/// The map of which an expression is an element.
const fn element_of(value: &Expr) -> Option<MapId> {
    match &value.kind {
        ExprKind::Operate(map, ..) => Some(*map),
        _ => None,
    }
}
