//! Where headers were found that values are: in the packet, or in what a tunnel carries, and in which
//! header, if they are of those that repeat there. Which checksums cover a header follows from that.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use cranelift_entity::SecondaryMap;
use nbpfc_sema::{
    Block, Body, Condition, Expr, ExprKind, FunctionId, HeaderId, LocalId, Part, Program, Stmt,
    StmtKind, Type,
};

/// So many tunnels in each other, and headers in each other, are told apart.
const DEEPEST: usize = 3;

/// Where a header was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    /// The headers that carry it as a packet of its own, the outermost first. Each is the first of its
    /// kind in what the one before it carries.
    pub(crate) tunnels: Vec<HeaderId>,
    /// The headers that it is a part of, the outermost first; the outermost is the first of its kind.
    pub(crate) within: Vec<HeaderId>,
    /// It is one of several, perhaps not the first.
    repeats: bool,
}

/// Where a value's header may have been found. It can be none of these only if `anywhere` is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origins {
    pub(crate) all: BTreeSet<Origin>,
    pub(crate) anywhere: bool,
}

impl Origins {
    /// In the packet itself.
    fn packet() -> Self {
        Self { all: [Origin::default()].into(), anywhere: false }
    }

    /// Whether it is the packet's first of its kind.
    pub(crate) fn is_first_of_packet(&self) -> bool {
        *self == Self::packet()
    }

    fn add(&mut self, others: Self) {
        self.all.extend(others.all);
        self.anywhere |= others.anywhere;
    }

    /// What lies elsewhere from where this does; `None` where that is not seen.
    fn map(self, f: impl Fn(Origin) -> Option<Origin>) -> Self {
        let mut anywhere = self.anywhere;
        let mut all = BTreeSet::new();
        for origin in self.all {
            match f(origin) {
                Some(origin) => _ = all.insert(origin),
                None => anywhere = true,
            }
        }
        Self { all, anywhere }
    }
}

/// What functions give whose parameters hold these.
type Results = BTreeMap<(FunctionId, Vec<(LocalId, Origins)>), Origins>;

/// Where the headers that variables of a piece of code hold were found, on whatever way they came
/// to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provenance {
    locals: SecondaryMap<LocalId, Origins>,
    /// What the code gives, as a function.
    result: Origins,
    /// Of the functions that it calls, those that were asked, each once for the same parameters.
    results: Rc<RefCell<Results>>,
}

impl Provenance {
    /// Of code whose parameters hold these.
    pub(crate) fn of(program: &Program, body: &Body, params: &[(LocalId, Origins)]) -> Self {
        Self::default().with(program, body, params)
    }

    fn with(mut self, program: &Program, body: &Body, params: &[(LocalId, Origins)]) -> Self {
        let known = &mut self;
        for (local, origins) in params {
            known.locals[*local] = origins.clone();
        }
        if !body.locals.values().any(|local| has_header(&local.ty)) {
            return self;
        }
        loop {
            let before = known.clone();
            Part::Block(&body.block).each(&mut |part| known.part(program, part));
            known.result.add(before.block(program, &body.block));
            if known.result == before.result && known.locals == before.locals {
                return self;
            }
        }
    }

    fn give(&mut self, program: &Program, local: LocalId, value: &Expr) {
        let origins = self.expr(program, value);
        self.locals[local].add(origins);
    }

    /// What a part gives to variables.
    fn part(&mut self, program: &Program, part: Part<'_>) {
        match part {
            Part::Stmt(Stmt { kind, .. }) => match kind {
                StmtKind::Let(local, value, _) => self.give(program, *local, value),
                StmtKind::Assign(place, value) => self.give(program, place.local, value),
                StmtKind::While { condition: Condition::Let(local, value), .. } => {
                    self.give(program, *local, value);
                }
                StmtKind::Each(each) => {
                    let origins = self.expr(program, &each.base).map(|mut origin| {
                        if each.follow {
                            origin.repeats = true;
                        } else {
                            origin.within.push(each.header);
                        }
                        Some(origin).filter(|origin| origin.within.len() <= DEEPEST)
                    });
                    self.locals[each.local].add(origins);
                }
                StmtKind::Return(Some(value)) => {
                    let origins = self.expr(program, value);
                    self.result.add(origins);
                }
                _ => {}
            },
            Part::Expr(Expr { kind: ExprKind::If(condition, ..), .. }) => {
                if let Condition::Let(local, value) = &**condition {
                    self.give(program, *local, value);
                }
            }
            Part::Expr(_) | Part::Block(_) => {}
        }
    }

    fn block(&self, program: &Program, block: &Block) -> Origins {
        block.tail.as_ref().map(|tail| self.expr(program, tail)).unwrap_or_default()
    }

    /// Where the headers in a value were found.
    pub(crate) fn expr(&self, program: &Program, expr: &Expr) -> Origins {
        if let Type::Packet(_) = expr.ty {
            return Origins::packet();
        }
        if !has_header(&expr.ty) {
            return Origins::default();
        }
        match &expr.kind {
            ExprKind::Local(local) => self.locals[*local].clone(),
            ExprKind::Inner(base) => {
                let Type::Header(header) = base.ty else { return Origins::default() };
                self.expr(program, base).map(|mut origin| {
                    let seen = origin.within.is_empty() && !origin.repeats;
                    origin.tunnels.push(header);
                    Some(origin).filter(|origin| seen && origin.tunnels.len() <= DEEPEST)
                })
            }
            ExprKind::Call(function, args) => self.call(program, *function, args),
            // What is computed from other values, which may be of other types.
            _ => {
                let mut origins = Origins::default();
                for part in expr.parts() {
                    match part {
                        Part::Expr(part) => origins.add(self.expr(program, part)),
                        Part::Block(block) => origins.add(self.block(program, block)),
                        Part::Stmt(_) => {}
                    }
                }
                origins
            }
        }
    }

    fn call(&self, program: &Program, function: FunctionId, args: &[Expr]) -> Origins {
        let asked = (function, self.arguments(program, function, args));
        if let Some(result) = self.results.borrow().get(&asked) {
            return result.clone();
        }
        let callee = Self { results: self.results.clone(), ..Self::default() };
        let result = callee.with(program, &program.functions[function].body, &asked.1).result;
        self.results.borrow_mut().insert(asked, result.clone());
        result
    }

    /// What the parameters of a function hold where it is called.
    pub(crate) fn arguments(
        &self,
        program: &Program,
        function: FunctionId,
        args: &[Expr],
    ) -> Vec<(LocalId, Origins)> {
        let params = program.functions[function].params.iter().copied();
        params.zip(args.iter().map(|arg| self.expr(program, arg))).collect()
    }
}

/// Whether values of a type may be headers, or what is inside of them. Arrays and structs have none.
fn has_header(ty: &Type) -> bool {
    match ty {
        Type::Header(_) | Type::Inner(_) => true,
        Type::Optional(inner) => has_header(inner),
        _ => false,
    }
}
