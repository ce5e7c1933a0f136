//! The list of passes, and what runs it.

use std::time::{Duration, Instant};

use nbpfc_ir::{Block, Function, Module, Terminator};
use nbpfc_kernel::Target;

use crate::context::{Context, Packets};
use crate::{
    beyond, bytes, checks, fold, foreign, front, gvn, layout, long, low, merge, narrow, order,
    preset, rare, share, sink, split, thread, tidy, told, usual, wide,
};

/// One pass.
pub struct Pass {
    /// The name, unique, for options.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Rewrites a valid function; whether anything changed.
    pub run: fn(&mut Function, &mut Context) -> bool,
    /// Whether it may change where blocks lead, and has not told [`Context`] itself.
    pub redirects: bool,
    /// Whether it helps where packets are read this way.
    pub when: fn(Packets) -> bool,
    /// The passes, by name, whose rewrites give it nothing to do.
    pub blind: &'static [&'static str],
    /// The passes, by name, that it ends with if it rewrote anything.
    pub ends_with: &'static [&'static str],
    /// After so many rewrites of its own it is run again, if its turn comes: it stops at what it
    /// finds large, and there may be less now.
    pub many: u64,
}

impl Pass {
    /// Runs the pass; whether anything changed.
    pub(crate) fn apply(&self, function: &mut Function, context: &mut Context) -> bool {
        let changed = (self.run)(function, context);
        if changed && self.redirects {
            context.forget();
        }
        debug_assert!(context.knows(function), "{} leads elsewhere", self.name);
        changed
    }
}

const fn always(_: Packets) -> bool {
    true
}

fn direct(packets: Packets) -> bool {
    packets == Packets::Direct
}

const FOLD: Pass = Pass {
    name: "fold",
    about: "fold constants, move comparisons through byte swaps, masks and sums",
    run: fold::run,
    redirects: true,
    when: always,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const GVN: Pass = Pass {
    name: "gvn",
    about: "do not compute again what a dominating block computed",
    run: gvn::run,
    redirects: false,
    when: always,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const TOLD: Pass = Pass {
    name: "told",
    about: "do not read what a comparison or a write has told of the packet",
    run: told::run,
    redirects: true,
    when: always,
    blind: &[],
    ends_with: &[FOLD.name],
    many: u64::MAX,
};
const TIDY: Pass = Pass {
    name: "tidy",
    about: "drop what nothing needs: blocks, parameters, tests, instructions",
    run: tidy::run,
    redirects: false,
    when: always,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};

const WIDEN: Pass = Pass {
    name: "widen-checks",
    about: "ask at once for as many bytes as every acceptance needs",
    run: checks::widen,
    redirects: false,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const CHECKS: Pass = Pass {
    name: "remove-checks",
    about: "drop checks whose outcome a dominating check tells",
    run: checks::remove,
    redirects: true,
    when: always,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};

const THREAD: Pass = Pass {
    name: "thread",
    about: "do not test again what the tests before have decided",
    run: thread::run,
    redirects: false,
    when: always,
    blind: &[ORDER.name, SHARE.name, RARE.name],
    ends_with: &[GVN.name],
    many: 16,
};

const SPLIT: Pass = Pass {
    name: "split-joins",
    about: "copy what asks for a number that each way to it knows, and leave out what then leads \
            nowhere else",
    run: split::run,
    redirects: false,
    when: always,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const NARROW: Pass = Pass {
    name: "narrow-loads",
    about: "load only the bytes that a mask leaves",
    run: narrow::run,
    redirects: false,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const MERGE: Pass = Pass {
    name: "merge-loads",
    about: "compare neighbouring bytes at once",
    run: merge::run,
    redirects: true,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const WIDE: Pass = Pass {
    name: "wide-loads",
    about: "load at once what is put together from two loads",
    run: wide::run,
    redirects: false,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const LOW: Pass = Pass {
    name: "low-bits",
    about: "compute of what is stored only the bits that are",
    run: low::run,
    redirects: false,
    when: always,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const LONG: Pass = Pass {
    name: "long-first",
    about: "ask for the longer of two windows first, and copy what lies between for short packets",
    run: long::run,
    redirects: true,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const ORDER: Pass = Pass {
    name: "order-tests",
    about: "compare with frequent constants first",
    run: order::run,
    redirects: true,
    when: always,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const SHARE: Pass = Pass {
    name: "share-tails",
    about: "ask the same of two places in one tail that is told the place",
    run: share::run,
    redirects: true,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const USUAL: Pass = Pass {
    name: "usual-first",
    about: "copy for packets that are long enough and have no IPv4 options",
    run: usual::run,
    redirects: true,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const RARE: Pass = Pass {
    name: "rarest-first",
    about: "of tests that must all hold, make those first that seldom do",
    run: rare::run,
    redirects: true,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const BEYOND: Pass = Pass {
    name: "reject-by-bits",
    about: "reject at once what has a bit that no accepted packet has",
    run: beyond::run,
    redirects: true,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const FOREIGN: Pass = Pass {
    name: "foreign-bits",
    about: "rule out what is not sought by bits that nothing sought has",
    run: foreign::run,
    redirects: true,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const BYTES: Pass = Pass {
    name: "first-bytes",
    about: "compare the first bytes alone where they settle it as a rule",
    run: bytes::run,
    redirects: true,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const FRONT: Pass = Pass {
    name: "type-and-length",
    about: "compare the payload's type and the first byte of a plain header at once",
    run: front::run,
    redirects: true,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const SINK: Pass = Pass {
    name: "sink",
    about: "compute late: move into an arm what only that arm uses",
    run: sink::run,
    redirects: false,
    when: always,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const PRESET: Pass = Pass {
    name: "preset",
    about: "set the verdict of most ends of a shared tail before it",
    run: preset::run,
    redirects: true,
    when: direct,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};
const LAYOUT: Pass = Pass {
    name: "layout",
    about: "order the blocks so that few jumps are taken on the way to acceptance",
    run: layout::run,
    redirects: false,
    when: always,
    blind: &[],
    ends_with: &[],
    many: u64::MAX,
};

/// The passes in the order in which [`run`] runs them. A name may occur more than once: a pass is
/// run again if another one has rewritten since what it looks at.
pub const PIPELINE: &[Pass] = &[
    FOLD, CHECKS, WIDEN, CHECKS, THREAD, TIDY, //
    FOLD, GVN, TOLD, CHECKS, WIDEN, THREAD, TIDY,  //
    SPLIT, //
    FOLD, GVN, CHECKS, WIDEN, THREAD, TIDY, //
    USUAL, FOLD, GVN, CHECKS, WIDEN, THREAD, TIDY, //
    ORDER, SHARE, RARE, FRONT, LONG, CHECKS, THREAD, NARROW, MERGE, WIDE, LOW, TIDY, BEYOND,
    FOREIGN, BYTES, TIDY, //
    SINK, PRESET, LAYOUT,
];

/// Is called with a pass's name and the function that it left.
pub type AfterPass<'a> = dyn FnMut(&'static str, &Function) + 'a;

/// What [`run`] may and must do.
#[derive(Default)]
pub struct Options<'a> {
    /// The code will be classic BPF: no load of more than 4 bytes, no windows joined.
    pub classic: bool,
    /// Stops all rewriting after so many rewrites; `None` never.
    pub fuel: Option<u64>,
    /// The names of passes to leave out.
    pub skip: &'a [&'a str],
    /// Is told each pass by name when it has run, and shown the function.
    pub after: Option<&'a mut AfterPass<'a>>,
}

/// What one run of one pass did.
#[derive(Clone, Copy, Debug)]
pub struct PassReport {
    /// The pass.
    pub name: &'static str,
    /// How many rewrites it made.
    pub rewrites: u64,
    /// How long it took.
    pub time: Duration,
}

/// What [`run`] did, pass by pass, function after function.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The runs of passes.
    pub passes: Vec<PassReport>,
}

impl Report {
    /// How many rewrites there were in all.
    pub fn rewrites(&self) -> u64 {
        self.passes.iter().map(|pass| pass.rewrites).sum()
    }
}

/// Runs the pipeline over each function of a valid module. The verdict for every packet stays what
/// it was, and the module valid.
///
/// # Panics
/// In debug builds, if a pass leaves a function invalid: a bug in that pass.
pub fn run(module: &mut Module, target: &Target, mut options: Options<'_>) -> Report {
    let mut context = Context::new(target, options.classic, options.fuel);
    let mut report = Report::default();
    for function in &mut module.functions {
        context.begin();
        // The passes that rewrote anything, and how many they were when each pass had run last.
        let mut rewrote: Vec<&str> = Vec::with_capacity(PIPELINE.len());
        let mut seen: Vec<(&str, usize)> = Vec::with_capacity(PIPELINE.len());
        for pass in PIPELINE {
            let last = seen.iter().find(|(name, _)| *name == pass.name);
            let news = |(_, at): &(&str, usize)| {
                rewrote[*at..].iter().any(|name| !pass.blind.contains(name))
            };
            if !(pass.when)(context.packets())
                || options.skip.contains(&pass.name)
                || !last.is_none_or(news)
            {
                continue;
            }
            let (spent, start) = (context.spent(), Instant::now());
            pass.apply(function, &mut context);
            let rewrites = context.spent() - spent;
            let before = rewrote.len();
            if rewrites > 0 {
                rewrote.push(pass.name);
            }
            let is_settled = rewrites < pass.many;
            if rewrites > 0 {
                seen.retain(|(name, _)| !pass.ends_with.contains(name));
                seen.extend(pass.ends_with.iter().map(|name| (*name, rewrote.len())));
            }
            seen.retain(|(name, _)| *name != pass.name);
            seen.push((pass.name, if is_settled { rewrote.len() } else { before }));
            report.passes.push(PassReport { name: pass.name, rewrites, time: start.elapsed() });
            if let Some(after) = &mut options.after {
                after(pass.name, function);
            }
            #[cfg(debug_assertions)]
            if let Err(faults) = nbpfc_ir::validate_function(function) {
                panic!("{} left {faults:?} in\n{function}", pass.name);
            }
        }
        function.restart = context.again().filter(|again| begins_for_all(function, *again));
    }
    report
}

/// Whether both packets that are long enough for the copy and packets that are not come to a block
/// where all begins again. Then no pass can have taken either for granted there.
fn begins_for_all(function: &Function, again: Block) -> bool {
    let entry = function.entry();
    let short = match function.terminator(entry) {
        Terminator::Check { offset: None, fail, .. } => fail.block == again,
        _ => false,
    };
    let leads = |block: &Block| function.terminator(*block).successors().any(|to| to == again);
    short && function.layout.iter().any(|block| *block != entry && leads(block))
}
