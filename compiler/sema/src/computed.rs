//! What is computed without a running program, by [`evaluate`](crate::evaluate), as far as that is seen.

use std::collections::BTreeSet;

use nbpfc_kernel::Helper;
use nbpfc_source::Span;

use crate::operation::{GET, REDIRECT, Role};
use crate::program::{Expr, ExprKind, FunctionId, Part, Program, StmtKind};
use crate::types::{MapId, Type};

/// The first part of an expression of which it is seen that only the running program has it.
pub(crate) fn only_running(program: &Program, expr: &Expr) -> Option<Span> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![(Part::Expr(expr), None)]);
    while let Some((part, called)) = open.pop() {
        let mut found = None;
        let mut calls: Vec<(FunctionId, Span)> = Vec::new();
        part.each(&mut |part| match part {
            Part::Expr(expr) => {
                if let ExprKind::Call(function, _) = expr.kind {
                    calls.push((function, called.unwrap_or(expr.span)));
                }
                if !is_computed(program, &expr.kind) {
                    found = found.or(Some(expr.span));
                }
            }
            Part::Stmt(stmt) if is_beyond(&stmt.kind) => found = found.or(Some(stmt.span)),
            Part::Stmt(_) | Part::Block(_) => {}
        });
        if let Some(span) = found {
            return Some(called.unwrap_or(span));
        }
        for (function, span) in calls {
            if seen.insert(function) {
                let body = &program.functions[function].body.block;
                open.push((Part::Block(body), Some(span)));
            }
        }
    }
    None
}

/// Whether a value of this kind is computed, here or in memory.
fn is_computed(program: &Program, kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Value(_)
        | ExprKind::Local(_)
        | ExprKind::Member(..)
        | ExprKind::Pick(..)
        | ExprKind::Struct(_)
        | ExprKind::Words(_)
        | ExprKind::Present(_)
        | ExprKind::Try(_)
        | ExprKind::And(..)
        | ExprKind::Or(..)
        | ExprKind::Negate(_)
        | ExprKind::Complement(_)
        | ExprKind::Not(_)
        | ExprKind::Convert(_)
        | ExprKind::In(..)
        | ExprKind::Between(..)
        | ExprKind::Binary(..)
        | ExprKind::Compare(..)
        | ExprKind::If(..)
        | ExprKind::Match(..)
        | ExprKind::Block(_)
        | ExprKind::Call(..)
        | ExprKind::Deref(_)
        | ExprKind::Var(_)
        | ExprKind::Part(..)
        | ExprKind::At(..) => true,
        ExprKind::Operate(map, number, args) => {
            key(program, *map, *number, args).is_some() || peeks(program, *map, *number)
        }
        _ => false,
    }
}

/// Whether a statement is one of the running program's.
const fn is_beyond(kind: &StmtKind) -> bool {
    matches!(
        kind,
        StmtKind::Store(..)
            | StmtKind::Write(_)
            | StmtKind::Set(..)
            | StmtKind::Lock(..)
            | StmtKind::Each(_)
    )
}

/// The key, where an element of a map is looked for.
pub(crate) fn key<'e>(
    program: &Program,
    map: MapId,
    number: usize,
    args: &'e [Expr],
) -> Option<&'e Expr> {
    let operation = &program.map_types[program.maps[map].ty].operations[number];
    // The places of maps that packets are redirected by are numbers of the helper's.
    let looks = operation.name == REDIRECT
        || operation.name == GET && matches!(operation.params.first(), Some((_, Role::Key, _)));
    args.first().filter(|key| looks && !matches!(key.ty, Type::MapIn(_)))
}

/// Whether an operation of a map looks at what user space sees too, without a key: the next value of a
/// queue or a stack, or whether a Bloom filter has one.
pub(crate) fn peeks(program: &Program, map: MapId, number: usize) -> bool {
    let operation = &program.map_types[program.maps[map].ty].operations[number];
    operation.row == Some(&Helper::MAP_PEEK_ELEM)
}
