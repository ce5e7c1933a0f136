//! What is assigned: a variable, or a part of one.

use nbpfc_source::Code;

use crate::body::{Scope, expr};
use crate::program::{Expr, ExprKind, Local, Place, Stmt, StmtKind, Way};
use crate::types::Type;

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
                    let error = self
                        .error(Code::ReadOnly, target.span, message)
                        .related(data.span, "declared without `mut`")
                        .help(format!("declare it with `let mut {}`", data.name));
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
                    let message = if let Type::Array(..) = at.ty {
                        "an array of a header is not assigned"
                    } else {
                        "a field behind one that may be missing is not assigned"
                    };
                    let error = self.error(Code::ReadOnly, target.span, message);
                    self.report(error.help("fields with one value at one place can be"));
                    return None;
                }
                ExprKind::Meta(_) => {
                    let error = self.error(Code::ReadOnly, target.span, "this cannot be assigned");
                    self.report(error.label("known of the packet, not part of it"));
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

    /// Whether a field of a header is one value that lies at one place, or nowhere.
    pub(crate) fn has_fixed_place(&self, field: &Expr) -> bool {
        let ExprKind::Field(_, header, index) = field.kind else { return false };
        let field = &self.checker.program.headers[header].fields[index as usize];
        let moves = field.condition.is_none() && !field.is_fixed();
        !moves && !matches!(field.ty, Type::Array(..))
    }

    /// A place that is read before it is assigned: numbers of elements are computed once, before.
    pub(crate) fn once(&mut self, mut place: Expr) -> (Expr, Vec<Stmt>) {
        let mut before = Vec::new();
        let mut at = &mut place;
        loop {
            at = match &mut at.kind {
                ExprKind::Member(base, _) => base,
                ExprKind::Pick(base, index) => {
                    if !matches!(index.kind, ExprKind::Local(_)) {
                        let (ty, span) = (index.ty.clone(), index.span);
                        let greatest = self.greatest(index);
                        let name = "index".to_owned();
                        let local = Local { name, ty: ty.clone(), mutable: false, span };
                        let local = self.body.locals.push(local);
                        self.greatest.extend(greatest.map(|most| (local, most)));
                        let named = expr(ExprKind::Local(local), ty, span);
                        let value = std::mem::replace(&mut **index, named);
                        before.push(Stmt { kind: StmtKind::Let(local, value, None), span });
                    }
                    base
                }
                _ => return (place, before),
            };
        }
    }
}
