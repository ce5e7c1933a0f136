//! Random modules have all that the language has: each kind of its tree, and each operation of the library.

use std::collections::BTreeSet;

use nbpfc_driver::{File, HOOKS};
use nbpfc_generate::{Choices, module};
use nbpfc_source::Files;
use nbpfc_syntax::ast::{
    Arg, AssignOp, BinaryOp, Block, Condition, Expectation, Expr, ExprKind, Header, HeaderPart,
    ItemKind, Literal, Member, Module, NextTargets, Param, Pattern, PatternKind, Stmt, StmtKind,
    Type, TypeKind, UnaryOp,
};

use super::random::on;

/// How many modules of each hook are looked at, and of how many statements.
const MODULES: u64 = 400;
const SIZE: u32 = 30;

/// The names of a tree's kinds: a new kind has none until it stands here, and then has to occur.
macro_rules! kinds {
    ($name:ident, $all:ident, $of:ty { $($pattern:pat => $word:literal,)* }) => {
        const $all: &[&str] = &[$($word),*];
        fn $name(it: &$of) -> &'static str {
            match it { $($pattern => $word,)* }
        }
    };
}

kinds!(item_kind, ITEMS, ItemKind {
    ItemKind::Use(_) => "use",
    ItemKind::License(_) => "license",
    ItemKind::Const(_) => "const",
    ItemKind::Param(_) => "param",
    ItemKind::Var(_) => "var",
    ItemKind::Map(_) => "map",
    ItemKind::Struct(_) => "struct",
    ItemKind::Enum(_) => "enum",
    ItemKind::Header(_) => "header",
    ItemKind::Fn(_) => "fn",
    ItemKind::Program(_) => "program",
    ItemKind::StructOps(_) => "struct_ops",
    ItemKind::Hook(_) => "hook",
    ItemKind::ExternStruct(_) => "extern struct",
    ItemKind::ExternMap(_) => "extern map",
    ItemKind::ExternFn(_) => "extern fn",
    ItemKind::Test(_) => "test",
    ItemKind::Error => "an item that is none",
});

kinds!(expr_kind, EXPRESSIONS, ExprKind {
    ExprKind::Literal(_) => "literal",
    ExprKind::Name(_) => "name",
    ExprKind::Field(..) => "a.b",
    ExprKind::Call(..) => "call",
    ExprKind::Index(..) => "a[b]",
    ExprKind::Try(_) => "?",
    ExprKind::Matches(..) => "matches",
    ExprKind::In { negated: false, .. } => "in",
    ExprKind::In { negated: true, .. } => "!in",
    ExprKind::Unary(UnaryOp::Neg, _) => "-a",
    ExprKind::Unary(UnaryOp::Not, _) => "!a",
    ExprKind::Unary(UnaryOp::Complement, _) => "~a",
    ExprKind::Binary(BinaryOp::Or, ..) => "||",
    ExprKind::Binary(BinaryOp::And, ..) => "&&",
    ExprKind::Binary(BinaryOp::Eq, ..) => "==",
    ExprKind::Binary(BinaryOp::Ne, ..) => "!=",
    ExprKind::Binary(BinaryOp::Lt, ..) => "<",
    ExprKind::Binary(BinaryOp::Le, ..) => "<=",
    ExprKind::Binary(BinaryOp::Gt, ..) => ">",
    ExprKind::Binary(BinaryOp::Ge, ..) => ">=",
    ExprKind::Binary(BinaryOp::BitOr, ..) => "|",
    ExprKind::Binary(BinaryOp::BitXor, ..) => "^",
    ExprKind::Binary(BinaryOp::BitAnd, ..) => "&",
    ExprKind::Binary(BinaryOp::Shl, ..) => "<<",
    ExprKind::Binary(BinaryOp::Shr, ..) => ">>",
    ExprKind::Binary(BinaryOp::Add, ..) => "+",
    ExprKind::Binary(BinaryOp::Sub, ..) => "-",
    ExprKind::Binary(BinaryOp::Mul, ..) => "*",
    ExprKind::Binary(BinaryOp::Div, ..) => "/",
    ExprKind::Binary(BinaryOp::Rem, ..) => "%",
    ExprKind::Range { inclusive: false, .. } => "a..b",
    ExprKind::Range { inclusive: true, .. } => "a..=b",
    ExprKind::Array(_) => "[a, b]",
    ExprKind::Repeat(..) => "[a; n]",
    ExprKind::Set(_) => "{ a, b }",
    ExprKind::File(_) => "file",
    ExprKind::Paren(_) => "(a)",
    ExprKind::Block(_) => "{ a }",
    ExprKind::If(_) => "if",
    ExprKind::Match(_) => "match",
    ExprKind::Atomic { expected: None, .. } => "atomic",
    ExprKind::Atomic { expected: Some(_), .. } => "atomic if",
    ExprKind::Error => "an expression that is none",
});

kinds!(literal_kind, LITERALS, Literal {
    Literal::Int(_) => "number",
    Literal::Bool(_) => "truth value",
    Literal::Text(_) => "text",
    Literal::Ipv4(_) => "IPv4 address",
    Literal::Ipv4Prefix(..) => "IPv4 prefix",
    Literal::Ipv6(_) => "IPv6 address",
    Literal::Ipv6Prefix(..) => "IPv6 prefix",
    Literal::Mac(_) => "link-layer address",
    Literal::Duration(_) => "duration",
    Literal::Size(_) => "size",
    Literal::Rate(..) => "rate",
});

kinds!(stmt_kind, STATEMENTS, StmtKind {
    StmtKind::Let(_) => "let",
    StmtKind::Assign { op: AssignOp::Set, .. } => "=",
    StmtKind::Assign { op: AssignOp::Compute(_), .. } => "+=",
    StmtKind::Expr(_) => "a;",
    StmtKind::Return(_) => "return",
    StmtKind::Break => "break",
    StmtKind::Continue => "continue",
    StmtKind::For(_) => "for",
    StmtKind::While(_) => "while",
    StmtKind::Lock(..) => "lock",
    StmtKind::Emit { .. } => "emit",
    StmtKind::Run(_) => "run",
    StmtKind::Expect(_) => "expect",
    StmtKind::Advance(_) => "advance",
    StmtKind::Error => "a statement that is none",
});

kinds!(pattern_kind, PATTERNS, PatternKind {
    PatternKind::Any => "_",
    PatternKind::Value(_) => "a constant as a pattern",
    PatternKind::Or(_) => "a | b as a pattern",
});

kinds!(type_kind, TYPES, TypeKind {
    TypeKind::Named { .. } => "a named type",
    TypeKind::Array { .. } => "[T; n]",
    TypeKind::Slice(_) => "[T]",
    TypeKind::Optional(_) => "T?",
});

kinds!(part_kind, PARTS, HeaderPart {
    HeaderPart::Field(_) => "a field of a header",
    HeaderPart::Length { .. } => "length",
    HeaderPart::Checksum { .. } => "checksum",
    HeaderPart::Pseudo { .. } => "pseudo",
    HeaderPart::Next(_) => "next",
    HeaderPart::After { .. } => "after",
    HeaderPart::Limit { .. } => "limit",
    HeaderPart::Error(_) => "a part of a header that is none",
});

kinds!(targets_kind, TARGETS, NextTargets {
    NextTargets::Arms(_) => "next { … }",
    NextTargets::Like(_) => "next as",
    NextTargets::Always(_) => "next =>",
});

kinds!(expectation_kind, EXPECTATIONS, Expectation {
    Expectation::Verdict(_) => "expect a verdict",
    Expectation::Packet(_) => "expect a packet",
    Expectation::Emit { .. } => "expect an event",
});

/// What random modules do not have, and why.
const NEVER: &[(&str, &str)] = &[
    ("struct_ops", "refused: there is no such hook yet"),
    ("pseudo", "of network layers, which are the library's"),
    ("hook", "of the library alone"),
    ("extern struct", "of the library alone"),
    ("extern map", "of the library alone"),
    ("an item that is none", "no such text is well formed"),
    ("an expression that is none", "no such text is well formed"),
    ("a statement that is none", "no such text is well formed"),
    ("a part of a header that is none", "no such text is well formed"),
    ("expect a packet", "tests are run by other tests"),
    ("expect an event", "tests are run by other tests"),
];

/// What is only where there are locks: not among socket filters.
const LOCK: &str = "lock";

/// What was seen in trees: kinds, types of maps, and the names of what is called.
#[derive(Default)]
struct Seen {
    kinds: BTreeSet<&'static str>,
    maps: BTreeSet<String>,
    called: BTreeSet<String>,
}

impl Seen {
    fn module(&mut self, module: &Module) {
        for item in &module.items {
            self.kinds.insert(item_kind(&item.kind));
            match &item.kind {
                ItemKind::Const(node) => {
                    self.types(node.ty.as_ref());
                    self.expr(&node.value);
                }
                ItemKind::Param(node) | ItemKind::Var(node) => {
                    self.types(Some(&node.ty));
                    self.exprs(node.value.as_ref());
                }
                ItemKind::Map(node) => {
                    if let TypeKind::Named { path, .. } = &node.ty.kind {
                        self.maps.extend(path.segments.last().map(|word| word.name.clone()));
                    }
                    self.types(Some(&node.ty));
                    self.args(&node.args);
                    for entry in &node.entries {
                        self.exprs([&entry.key, &entry.value]);
                    }
                    self.exprs(node.elements.as_ref());
                }
                ItemKind::Struct(node) => {
                    for field in &node.fields {
                        self.types(Some(&field.ty));
                        self.exprs(field.default.as_ref());
                    }
                }
                ItemKind::Enum(node) => {
                    self.types(node.ty.as_ref());
                    self.exprs(node.variants.iter().filter_map(|variant| variant.value.as_ref()));
                }
                ItemKind::Header(node) => self.header(node),
                ItemKind::Fn(node) => {
                    self.params(&node.params);
                    self.types(node.result.as_ref());
                    self.block(&node.body);
                }
                ItemKind::Program(node) => {
                    self.params(&node.params);
                    self.exprs(node.otherwise.as_ref());
                    self.block(&node.body);
                }
                ItemKind::ExternFn(node) => {
                    self.params(&node.params);
                    self.types(node.result.as_ref());
                }
                ItemKind::Test(node) => self.block(&node.body),
                ItemKind::Use(_)
                | ItemKind::License(_)
                | ItemKind::StructOps(_)
                | ItemKind::Hook(_)
                | ItemKind::ExternStruct(_)
                | ItemKind::ExternMap(_)
                | ItemKind::Error => {}
            }
        }
    }

    fn params(&mut self, params: &[Param]) {
        for param in params {
            self.types(param.ty.as_ref());
            self.exprs(param.default.as_ref());
        }
    }

    fn header(&mut self, header: &Header) {
        for part in &header.parts {
            self.kinds.insert(part_kind(part));
            match part {
                HeaderPart::Field(field) => {
                    self.types(Some(&field.ty));
                    let others = [&field.condition, &field.until, &field.default];
                    self.exprs(others.into_iter().flatten());
                }
                HeaderPart::Length { value, range, .. } => {
                    self.exprs([Some(value), range.as_ref()].into_iter().flatten());
                }
                HeaderPart::Checksum { value, condition, .. } => {
                    self.exprs([Some(value), condition.as_ref()].into_iter().flatten());
                }
                HeaderPart::Pseudo { values, .. } => {
                    self.exprs(values.iter().map(|(value, _)| value));
                    self.exprs(values.iter().filter_map(|(_, condition)| condition.as_ref()));
                }
                HeaderPart::Next(next) => {
                    self.kinds.insert(targets_kind(&next.targets));
                    self.exprs([&next.selector, &next.condition].into_iter().flatten());
                    if let NextTargets::Arms(arms) = &next.targets {
                        for arm in arms {
                            self.pattern(&arm.pattern);
                        }
                    }
                }
                HeaderPart::After { condition, .. } => self.exprs(condition.as_ref()),
                HeaderPart::Limit { value, .. } => self.expr(value),
                HeaderPart::Error(_) => {}
            }
        }
    }

    fn types(&mut self, ty: Option<&Type>) {
        let Some(ty) = ty else { return };
        self.kinds.insert(type_kind(&ty.kind));
        match &ty.kind {
            TypeKind::Named { args, .. } => args.iter().for_each(|ty| self.types(Some(ty))),
            TypeKind::Array { element, length } => {
                self.types(Some(element));
                self.expr(length);
            }
            TypeKind::Slice(inner) | TypeKind::Optional(inner) => self.types(Some(inner)),
        }
    }

    fn args(&mut self, args: &[Arg]) {
        self.exprs(args.iter().map(|arg| &arg.value));
    }

    fn exprs<'a>(&mut self, all: impl IntoIterator<Item = &'a Expr>) {
        all.into_iter().for_each(|expr| self.expr(expr));
    }

    fn pattern(&mut self, pattern: &Pattern) {
        self.kinds.insert(pattern_kind(&pattern.kind));
        match &pattern.kind {
            PatternKind::Any => {}
            PatternKind::Value(value) => self.expr(value),
            PatternKind::Or(all) => all.iter().for_each(|pattern| self.pattern(pattern)),
        }
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Expr(value) | Condition::Let(_, value) => self.expr(value),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.kinds.insert(expr_kind(&expr.kind));
        match &expr.kind {
            ExprKind::Literal(literal) => {
                self.kinds.insert(literal_kind(literal));
            }
            ExprKind::Field(base, name) => {
                self.called.insert(name.name.clone());
                self.expr(base);
            }
            ExprKind::Call(callee, args) => {
                if let ExprKind::Name(name) = &callee.kind {
                    self.called.insert(name.name.clone());
                }
                self.expr(callee);
                self.args(args);
            }
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) | ExprKind::Repeat(a, b) => {
                // `m[k]` is `m.get(k)`.
                if matches!(expr.kind, ExprKind::Index(..)) {
                    self.called.insert("get".to_owned());
                }
                self.exprs([&**a, &**b]);
            }
            ExprKind::Try(inner)
            | ExprKind::Matches(inner, _)
            | ExprKind::Unary(_, inner)
            | ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::In { value, set, .. } => self.exprs([&**value, &**set]),
            ExprKind::Range { start, end, .. } => {
                self.exprs([start, end].into_iter().flatten().map(|end| &**end));
            }
            ExprKind::Array(all) | ExprKind::Set(all) => self.exprs(all),
            ExprKind::Block(block) => self.block(block),
            ExprKind::If(node) => {
                self.condition(&node.condition);
                self.block(&node.then);
                self.exprs(node.otherwise.as_ref());
            }
            ExprKind::Match(node) => {
                self.expr(&node.value);
                for arm in &node.arms {
                    self.pattern(&arm.pattern);
                    self.exprs(arm.guard.as_ref());
                    self.expr(&arm.value);
                }
            }
            ExprKind::Atomic { target, value, expected, .. } => {
                self.exprs([&**target, &**value]);
                self.exprs(expected.as_deref());
            }
            ExprKind::Name(_) | ExprKind::File(_) | ExprKind::Error => {}
        }
    }

    fn block(&mut self, block: &Block) {
        block.statements.iter().for_each(|stmt| self.stmt(stmt));
        self.exprs(block.tail.as_deref());
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.kinds.insert(stmt_kind(&stmt.kind));
        match &stmt.kind {
            StmtKind::Let(node) => {
                self.types(node.ty.as_ref());
                self.expr(&node.value);
                node.otherwise.iter().for_each(|block| self.block(block));
            }
            StmtKind::Assign { target, value, .. } => self.exprs([target, value]),
            StmtKind::Expr(value) | StmtKind::Expect(value) | StmtKind::Advance(value) => {
                self.expr(value);
            }
            StmtKind::Return(value) => self.exprs(value.as_ref()),
            StmtKind::For(node) => {
                self.expr(&node.iterable);
                self.exprs(node.limit.as_ref());
                self.block(&node.body);
            }
            StmtKind::While(node) => {
                self.condition(&node.condition);
                self.exprs(node.limit.as_ref());
                self.block(&node.body);
            }
            StmtKind::Lock(place, body) => {
                self.expr(place);
                self.block(body);
            }
            StmtKind::Emit { value, map } => {
                self.called.insert("output".to_owned());
                self.exprs([value, map]);
            }
            StmtKind::Run(run) => {
                self.args(&run.context);
                self.exprs(run.packet.iter().chain(&run.number));
                for expectation in &run.expectations {
                    self.kinds.insert(expectation_kind(expectation));
                }
            }
            StmtKind::Break | StmtKind::Continue | StmtKind::Error => {}
        }
    }
}

/// What the library declares: kinds of maps that programs use, and what is called by name.
fn library() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut maps, mut called) = (BTreeSet::new(), BTreeSet::new());
    for source in nbpfc_stdlib::PRELUDE {
        let mut files = Files::default();
        let id = files.add(File::new(source.name, source.text));
        let (tree, _) = nbpfc_syntax::parse(files.get(id), id);
        for item in tree.items {
            let members = match item.kind {
                ItemKind::ExternMap(map) => {
                    // Those without operations are for hooks that are not here.
                    if !map.members.is_empty() {
                        maps.insert(map.name.name);
                    }
                    map.members
                }
                ItemKind::Hook(hook) => hook.members,
                ItemKind::ExternFn(function) => {
                    called.insert(function.name.name);
                    continue;
                }
                _ => continue,
            };
            for member in members {
                if let Member::Fn(function) = member {
                    called.insert(function.name.name);
                }
            }
        }
    }
    (maps, called)
}

/// What the compiler knows by itself.
const BUILT_IN: &[&str] = &[
    "payload",
    "bytes",
    "inner",
    "len",
    "starts_with",
    "u8_at",
    "u16_at",
    "u32_at",
    "u64_at",
    "push",
    "pop",
    "submit",
    "discard",
    "release",
    "options",
    "extensions",
    "words",
    "print",
    "ipv4prefix",
    "ipv4addr",
];

pub(super) fn occur() -> Result<(), String> {
    let mut all = Seen::default();
    for hook in HOOKS {
        let mut seen = Seen::default();
        for seed in 0..MODULES {
            let text = module(&mut Choices::seeded(seed), &on(hook), SIZE);
            let mut files = Files::default();
            let id = files.add(File::new("random.nbp", &text));
            let (tree, found) = nbpfc_syntax::parse(files.get(id), id);
            if let Some(found) = found.first() {
                return Err(format!("{}\n{text}", found.message));
            }
            seen.module(&tree);
        }
        let lists = [
            ITEMS,
            EXPRESSIONS,
            LITERALS,
            STATEMENTS,
            PATTERNS,
            TYPES,
            PARTS,
            TARGETS,
            EXPECTATIONS,
        ];
        let missing: Vec<_> = lists
            .into_iter()
            .flatten()
            .filter(|kind| !seen.kinds.contains(*kind))
            .filter(|kind| NEVER.iter().all(|(never, _)| never != *kind))
            .filter(|kind| **kind != LOCK || hook.name != "socket")
            .collect();
        if !missing.is_empty() {
            return Err(format!("on {}, no module has {missing:?}", hook.name));
        }
        if let Some((kind, _)) = NEVER.iter().find(|(kind, _)| seen.kinds.contains(kind)) {
            return Err(format!("modules have {kind:?}, which they never have"));
        }
        all.maps.extend(seen.maps);
        all.called.extend(seen.called);
    }
    let (maps, called) = library();
    let maps: Vec<_> = maps.difference(&all.maps).collect();
    let built_in: BTreeSet<_> = BUILT_IN.iter().map(|name| (*name).to_owned()).collect();
    let called: Vec<_> =
        called.union(&built_in).filter(|name| !all.called.contains(*name)).collect();
    if maps.is_empty() && called.is_empty() {
        return Ok(());
    }
    Err(format!("no module has maps of types {maps:?}, none calls {called:?}"))
}
