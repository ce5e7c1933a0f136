//! Loads every expression for every hook into the running kernel, compiled for that kernel and for
//! the oldest that the command names by default: `loads [FILTERS.tsv]`. What `tests/vm/run` starts
//! in its guests.

use std::fs;
use std::process::ExitCode;

use nbpfc_driver::{File, HOOKS, Hook, Layer, Request, Session, Target, Version};
use nbpfc_loader::{LoadOptions, Program};
use nbpfc_tests::expressions::{expressions, of_table};
use nbpfc_tests::property::{Nowhere, link_type};

const OLDEST: Version = Version::new(5, 10);

fn running() -> Option<Version> {
    fs::read_to_string("/proc/sys/kernel/osrelease").ok()?.parse().ok()
}

/// Whether the kernel takes it; `None` if it does not compile for this hook.
fn load(text: &str, hook: &'static Hook, kernel: Version) -> Option<Result<(), String>> {
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", text));
    let target = Target::new(hook, kernel);
    let request = Request::new(target, link_type(hook.layer == Layer::Link));
    let filter = session.filter(id, &request).ok()?;
    let options = LoadOptions::for_hook(hook, &filter.code.insns);
    Some(Program::load(&options).map(|_| ()).map_err(|error| error.to_string()))
}

fn main() -> ExitCode {
    let table = std::env::args().nth(1).and_then(|path| fs::read_to_string(path).ok());
    let Some(kernel) = running() else {
        eprintln!("cannot tell the kernel's version");
        return ExitCode::FAILURE;
    };
    let mut failed = 0;
    let targets = [OLDEST, kernel].map(|target| HOOKS.iter().map(move |hook| (target, hook)));
    for (target, hook) in targets.into_iter().flatten().filter(|(t, hook)| hook.since <= *t) {
        let name = if hook.layer == Layer::Link { "EN10MB" } else { "RAW" };
        let list =
            table.as_deref().map_or_else(|| expressions(name), |table| of_table(table, name));
        let mut loaded = 0;
        for text in &list {
            match load(text, hook, target) {
                Some(Ok(())) => loaded += 1,
                Some(Err(error)) => {
                    failed += 1;
                    println!("`{text}` on {}: {error}", hook.name);
                }
                None => {}
            }
        }
        println!(
            "on {kernel}, for {target}, {}: {loaded} of {} expressions load",
            hook.name,
            list.len()
        );
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
