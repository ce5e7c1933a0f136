//! What a program asks of the kernel's verifier, and that it is not too much.

use nbpfc_codegen::Code;
use nbpfc_complexity::{
    Costly, Estimate, Function, Limits, Map, Program, Reference, costliest, few,
};
use nbpfc_ir::Module;
use nbpfc_kernel::{COMPLEXITY, MapKind, PENDING, Target};
use nbpfc_source::{Code as Kind, Diagnostic, FileId, Span};

/// What programs may come to, in tenths of the kernel's limit, and in words. The estimate is that of Linux
/// 6.18, exact for most programs; of ten thousand random modules that the tests load one was twice
/// it, those of expressions not more than a twentieth apart. Of 62 random modules on 5.10, which tells
/// more states apart, three were: two and a half times.
fn share(target: &Target, is_expression: bool) -> (u64, &'static str) {
    match (target.reads_any_stack(), is_expression) {
        (true, true) => (9, "nine tenths"),
        (true, false) => (5, "half"),
        (false, _) => (4, "four tenths"),
    }
}

/// How many ways may be put off at once: those are counted as well as exactly.
const MOST_PENDING: usize = PENDING / 10 * 9;

fn limits(share: u64) -> Limits {
    Limits { processed: COMPLEXITY as u64 / 10 * share, pending: MOST_PENDING }
}

/// Why a program may be too much for the verifier, and where it would be busy most of the time; `None` if
/// it gets through.
pub(crate) fn refusal(
    code: &Code,
    module: &Module,
    target: &Target,
    id: FileId,
) -> Option<Diagnostic> {
    let share = share(target, module.maps.is_empty());
    let limits = limits(share.0);
    if few(&code.insns, limits).is_some() {
        return None;
    }
    let estimate = Subject::new(code, module, target, false).walk(limits);
    (!estimate.within).then(|| too_complex(code, &module.loops, &estimate, share.1, id))
}

fn too_complex(
    code: &Code,
    loops: &[Span],
    estimate: &Estimate,
    share: &str,
    id: FileId,
) -> Diagnostic {
    let costly = costliest(&code.insns, &estimate.counts);
    let span = costly.and_then(|Costly { slot, .. }| code.place_of(slot));
    let message = "more ways through the program than the kernel's verifier follows";
    let diagnostic = match span {
        Some(span) => Diagnostic::error(Kind::TooComplex, message, id, span),
        None => Diagnostic::general(Kind::TooComplex, message),
    };
    let (limit, share) = if estimate.pending > MOST_PENDING {
        (format!("it keeps at most {PENDING} ways for later"), "nine tenths")
    } else {
        (format!("it looks at {COMPLEXITY} instructions at most"), share)
    };
    let note = format!(
        "it follows each way by itself, through each round of a loop, until what it knows is what it \
         knew there before: {limit}, and nbpfc, which estimates that, allows {share} of it",
    );
    let written = span.is_some_and(|span| is_written(loops, span));
    let (label, help) = costly.map_or_else(
        || (String::new(), "make the program shorter"),
        |costly| said(costly, written),
    );
    diagnostic.label(label).note(note).help(help)
}

/// Whether a loop of the source begins at a place, which comes before what is repeated.
fn is_written(loops: &[Span], place: Span) -> bool {
    loops.iter().any(|head| (head.start..head.end).contains(&place.start))
}

/// What is said of the part that costs the most, and what helps. A loop may be `written` in the source.
fn said(costly: Costly, written: bool) -> (String, &'static str) {
    let Costly { percent, times, .. } = costly;
    match (costly.is_loop, written) {
        (true, true) => (
            format!("{percent} of 100 instructions that it looks at are in this loop"),
            "fewer rounds, or less that is decided before the loop and asked for in it or behind it",
        ),
        (true, false) => (
            format!(
                "{percent} of 100 instructions that it looks at are in a loop that comes of this"
            ),
            "decide less before this that is asked for in it or behind it: it looks for what may be there \
             more than once",
        ),
        (false, _) => (
            format!("it comes here {times} times"),
            "decide less before this that is asked for later: numbers that differ from way to way keep \
             the ways apart",
        ),
    }
}

/// What the estimate is made of.
pub(crate) struct Subject<'a> {
    code: &'a Code,
    target: &'a Target,
    maps: Vec<Map<'a>>,
    references: Vec<Reference>,
    functions: Vec<Function>,
}

impl<'a> Subject<'a> {
    /// `constants`: with what the module's constants are so far. Who loads it may set others.
    pub(crate) fn new(
        code: &'a Code,
        module: &'a Module,
        target: &'a Target,
        constants: bool,
    ) -> Self {
        let mut maps: Vec<Map<'_>> = module
            .maps
            .values()
            .map(|map| Map {
                kind: map.kind,
                key_size: map.key_size,
                value_size: map.value_size,
                max_entries: map.max_entries,
                inner: map.inner.map(|inner| inner.as_u32() as usize),
                constant: if map.constant && constants { &map.data } else { &[] },
            })
            .collect();
        let tables = maps.len();
        maps.extend(code.tables.iter().map(|table| Map {
            kind: MapKind::Array,
            key_size: 4,
            value_size: table.bytes().len() as u32,
            max_entries: 1,
            inner: None,
            constant: table.bytes(),
        }));
        let tables = code.relocations.iter().map(|table| Reference {
            insn: table.insn,
            map: tables + table.table,
            offset: Some(0),
        });
        let references = code.maps.iter().map(|map| Reference {
            insn: map.insn,
            map: map.map.as_u32() as usize,
            offset: map.offset,
        });
        let mut references: Vec<_> = references.chain(tables).collect();
        references.sort_unstable();
        let functions = code.functions.iter();
        let functions =
            functions.map(|(start, _)| Function { start: *start, global: false, contexts: 0 });
        let functions = functions.collect();
        Self { code, target, maps, references, functions }
    }

    fn program(&self) -> Program<'_> {
        Program {
            insns: &self.code.insns,
            target: self.target,
            maps: &self.maps,
            references: &self.references,
            functions: &self.functions,
        }
    }

    /// All ways gone.
    pub(crate) fn walk(&self, limits: Limits) -> Estimate {
        nbpfc_complexity::walk(&self.program(), limits)
    }
}

#[cfg(test)]
mod tests {
    use nbpfc_complexity::Costly;
    use nbpfc_source::Span;

    use super::{is_written, said};

    #[test]
    fn a_loop_is_named_where_the_source_has_one() {
        let costly = Costly { slot: 0, is_loop: true, percent: 99, times: 7 };
        let heads = [Span { start: 10, end: 20 }];
        let label = |start| said(costly, is_written(&heads, Span { start, end: 40 })).0;
        assert!(label(10).ends_with("in this loop"));
        assert!(label(19).ends_with("in this loop"));
        assert!(label(20).ends_with("in a loop that comes of this"));
        let single = Costly { is_loop: false, ..costly };
        assert_eq!(said(single, true).0, "it comes here 7 times");
    }
}
