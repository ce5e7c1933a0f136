//! What the compiler takes programs to be for the kernel's verifier, beside what the running kernel
//! says: whatever loads is not much more than it was taken for, so that what compiles loads.

use std::fs;

use nbpfc_driver::{Build, File, Filter, Hook, Layer, Limits, Request, Session, Target, Version};
use nbpfc_generate::{Choices, On, module};
use nbpfc_loader::load_object;
use nbpfc_tests::expressions::expressions;
use nbpfc_tests::place::{files_below, root};
use nbpfc_tests::programs::Beside;
use nbpfc_tests::property::{KERNEL, Nowhere, link_type};
use nbpfc_tests::requires::Need;

use crate::Test;

/// The hooks that programs are tried on: one for each way to read packets.
const ON: &[&str] = &["xdp", "socket", "cgroup_skb.ingress"];

/// What the command compiles for unless it is told another.
const DEFAULT: Version = Version::new(5, 10);

/// Where to stop: nothing that loads comes to it.
const LIMITS: Limits = Limits { processed: 1_000_000, pending: 8192 };

/// `BPF_LOG_STATS`.
const STATISTICS: u32 = 4;

/// Of ten processed instructions at least so many were expected; so the compiler allows no more of
/// the kernel's limit.
const SHARE: u64 = 7;

/// Instructions that small programs may have more than that.
const FEW: u64 = 32;

/// Statements of random modules, and how many of each length are tried.
const SIZES: &[u64] = &[10, 40, 80];
const SEEDS: u64 = 6;

pub(crate) fn tests() -> Vec<Test> {
    let mut tests = Vec::new();
    for name in ON {
        let Some(hook) = Hook::by_name(name) else { continue };
        for (what, run) in [
            ("corpus", corpus as fn(&'static Hook) -> Result<(), String>),
            ("cases", cases),
            ("random", random),
        ] {
            let name = format!("complexity::{what}::{name}");
            tests.push(Test::new(name, &[Need::Root], move || run(hook)));
        }
    }
    tests
}

/// The running kernel: what it knows decides how far it has to look.
fn running() -> Version {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.trim().parse().unwrap_or(KERNEL)
}

/// Programs that were compared.
#[derive(Default)]
struct Seen {
    programs: usize,
    exact: usize,
    /// Estimate and truth of the one that was underestimated the most.
    worst: (u64, u64),
}

impl Seen {
    fn compare(&mut self, what: &str, filter: &Filter, processed: u64) -> Result<(), String> {
        let expected = filter.complexity(LIMITS).processed;
        self.programs += 1;
        self.exact += usize::from(expected == processed);
        let (low, high) = self.worst;
        if high == 0 || expected * high < low * processed {
            self.worst = (expected, processed);
        }
        if processed * SHARE > (expected + FEW) * 10 {
            return Err(format!(
                "{what}: the verifier processes {processed} instructions, {expected} expected"
            ));
        }
        Ok(())
    }

    fn told(&self, name: &str) -> Result<(), String> {
        let Self { programs, exact, worst: (low, high) } = self;
        println!("{name}: {exact} of {programs} exact, at worst {low} for {high}");
        // On kernels that know other things it need not be exact so often.
        if exact * 2 < *programs { Err("hardly any are exact".to_owned()) } else { Ok(()) }
    }
}

fn corpus(hook: &'static Hook) -> Result<(), String> {
    let ethernet = hook.layer == Layer::Link;
    let mut seen = Seen::default();
    for text in expressions(if ethernet { "EN10MB" } else { "RAW" }) {
        let mut session = Session::new(&Nowhere);
        let id = session.add(File::new("<expression>", &text));
        let request = Request::new(Target::new(hook, running()), link_type(ethernet));
        let Ok(filter) = session.filter(id, &request) else { continue };
        let loaded = load_object(filter.object().object(), "filter", hook, STATISTICS);
        let loaded = loaded.map_err(|error| format!("`{text}`: {error}"))?;
        let Some(found) = loaded.program.statistics() else { continue };
        seen.compare(&text, &filter, found.processed_insns)?;
    }
    seen.told(hook.name)
}

/// Compiles a module for a kernel, and compares all its programs, unless they are for another kernel
/// than runs: those have to load. What does not compile is left out.
fn module_of(
    seen: &mut Seen,
    what: &str,
    text: &str,
    (kernel, optimise): (Version, bool),
) -> Result<(), String> {
    let mut session = Session::new(&Beside);
    let id = session.add_module(File::new(what, text));
    let build = Build { optimise, ..Build::new(kernel) };
    let Ok(programs) = session.module(id, &build) else { return Ok(()) };
    for program in &programs.programs {
        let object = programs.object_and_records(&[program]).0;
        let hook = program.code.target.hook;
        let loaded = load_object(object.object(), &program.name, hook, STATISTICS);
        let loaded = loaded.map_err(|error| {
            let text = error.to_string();
            format!("{what}, for {kernel}: {}", text.lines().last().unwrap_or_default())
        })?;
        if kernel != running() {
            continue;
        }
        let Some(found) = loaded.program.statistics() else { continue };
        seen.compare(what, &program.code, found.processed_insns)?;
    }
    Ok(())
}

fn cases(hook: &'static Hook) -> Result<(), String> {
    let mut seen = Seen::default();
    let mut files = files_below(&root().join("tests/cases/nbp"));
    files.extend(files_below(&root().join("examples")));
    for path in files.iter().filter(|path| path.extension().is_some_and(|e| e == "nbp")) {
        let text = fs::read_to_string(path).unwrap_or_default();
        let text = text.replace(" on xdp ", &format!(" on {} ", hook.name));
        for how in [(running(), true), (running(), false), (DEFAULT, true)] {
            module_of(&mut seen, &path.display().to_string(), &text, how)?;
        }
    }
    seen.told(hook.name)
}

fn random(hook: &'static Hook) -> Result<(), String> {
    let mut seen = Seen::default();
    let ethernet = hook.layer == Layer::Link;
    let writes = hook.name == "xdp";
    let on = On { hook: hook.name, ethernet, writes, verdicts: &["pass", "drop"] };
    for (seed, size) in (0..SEEDS).flat_map(|seed| SIZES.iter().map(move |size| (seed, *size))) {
        let text = module(&mut Choices::seeded(seed << 8 | size), &on, size as u32);
        for kernel in [running(), DEFAULT] {
            module_of(&mut seen, &format!("seed {seed} size {size}"), &text, (kernel, true))?;
        }
    }
    seen.told(hook.name)
}
