//! Loads every expression for every hook into the running kernel, also with strict IPv6, compiled for
//! that kernel and for the oldest that the command names by default; some of them as programs that
//! capture; and random modules: `loads [FILTERS.tsv]`. What `tests/vm/run` starts in its guests.

use std::fs;
use std::process::ExitCode;

use nbpfc_driver::{
    Capture, Captured, File, HOOKS, Hook, Layer, Live, MapKind, PACKETS, Request, Session, Target,
    Version,
};
use nbpfc_generate::{Choices, On, module};
use nbpfc_loader::{
    LoadOptions, Map, PerfBuffer, PerfRecord, Program, RingBuffer, TestRunOptions, load_object,
};
use nbpfc_tests::expressions::{expressions, of_table};
use nbpfc_tests::programs::{compiled, loads};
use nbpfc_tests::property::{Nowhere, link_type};

const OLDEST: Version = Version::new(5, 10);

/// Of so many expressions one is loaded as a program that captures.
const CAPTURED: usize = 20;
const BUFFER: u32 = 64 << 10;

fn running() -> Option<Version> {
    fs::read_to_string("/proc/sys/kernel/osrelease").ok()?.parse().ok()
}

/// Random modules for each hook and kernel: their sizes in statements, and how many of each.
const SIZES: &[u32] = &[6, 25, 60];
const MODULES: u64 = 8;

/// Whether the kernel takes it; `None` if it does not compile for this hook.
fn load(
    text: &str,
    hook: &'static Hook,
    kernel: Version,
    strict_ipv6: bool,
) -> Option<Result<(), String>> {
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", text));
    let target = Target::new(hook, kernel);
    let request = Request::new(target, link_type(hook.layer == Layer::Link));
    let request = Request { strict_ipv6, ..request };
    let filter = session.filter(id, &request).ok()?;
    let options = LoadOptions::for_hook(hook, &filter.code.insns);
    Some(Program::load(&options).map(|_| ()).map_err(|error| error.to_string()))
}

/// Whether the kernel takes it as a program that captures, and what it captured of a packet is
/// read; `None` if it does not compile for this hook.
fn capture(text: &str, hook: &'static Hook, kernel: Version) -> Option<Result<(), String>> {
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", text));
    let link_type = link_type(hook.layer == Layer::Link);
    let request = Request { live: true, ..Request::new(Target::new(hook, kernel), link_type) };
    let live = Live::Capture(Capture { snapshot_length: 262_144, buffer: BUFFER });
    let filter = session.live(id, &request, live).ok()?;
    let verified = filter.object();
    let loaded = match load_object(verified.object(), "filter", hook, 0) {
        Ok(loaded) => loaded,
        Err(error) => return Some(Err(error.to_string())),
    };
    let index = verified.object().maps.iter().position(|map| map.name == PACKETS)?;
    let records = lengths(&loaded.program, loaded.maps.get(index)?);
    Some(records.and_then(|lengths| match (text, &lengths[..]) {
        ("", [60 | 46]) => Ok(()),
        ("", other) => Err(format!("captured packets of {other:?} bytes, not one of 60 or 46")),
        _ => Ok(()),
    }))
}

/// The lengths of the packets that a program captures when it is run on one of 60 bytes.
fn lengths(program: &Program, map: &Map) -> Result<Vec<usize>, String> {
    let run = TestRunOptions { data: &[7; 60], context: &[], repeat: 1 };
    let mut found = Vec::new();
    let mut take = |record: &[u8]| {
        found.push(Captured::parse(record).map_or(0, |captured| captured.data.len()));
    };
    let run = || program.test_run(&run).map_err(|error| error.to_string());
    if map.kind() == Some(MapKind::RingBuf) {
        let mut ring = RingBuffer::new(map).map_err(|error| error.to_string())?;
        run()?;
        while let Some(record) = ring.next() {
            take(&record);
        }
    } else {
        let size = BUFFER as usize;
        let mut perf = PerfBuffer::new(map, size).map_err(|error| error.to_string())?;
        run()?;
        perf.drain(|record| {
            if let PerfRecord::Sample { data, .. } = record {
                take(data);
            }
        });
    }
    Ok(found)
}

/// How many random modules compile, and what the kernel says of those that it refuses.
fn modules(hook: &'static Hook, kernel: Version) -> (usize, Vec<String>) {
    let ethernet = hook.layer == Layer::Link;
    let writes = hook.name.starts_with("xdp") || hook.name.starts_with("tc");
    let on = On { hook: hook.name, ethernet, writes, verdicts: &["pass", "drop"] };
    let (mut count, mut refused) = (0, Vec::new());
    for (seed, size) in (0..MODULES).flat_map(|seed| SIZES.iter().map(move |size| (seed, *size))) {
        let text = module(&mut Choices::seeded(seed << 8 | u64::from(size)), &on, size);
        let Ok(made) = compiled(&text, kernel, true) else { continue };
        count += 1;
        if let Err(why) = loads(&made, hook, &[]) {
            refused.push(format!("seed {seed} size {size} for {kernel}: {why}"));
        }
    }
    (count, refused)
}

fn main() -> ExitCode {
    let table = std::env::args().nth(1).and_then(|path| fs::read_to_string(path).ok());
    let Some(kernel) = running() else {
        eprintln!("cannot tell the kernel's version");
        return ExitCode::FAILURE;
    };
    let mut failed = 0;
    let mut targets = vec![OLDEST, kernel];
    targets.dedup();
    let targets = targets.into_iter().map(|target| HOOKS.iter().map(move |hook| (target, hook)));
    for (target, hook) in targets.flatten().filter(|(t, hook)| hook.since <= *t) {
        let name = if hook.layer == Layer::Link { "EN10MB" } else { "RAW" };
        let list =
            table.as_deref().map_or_else(|| expressions(name), |table| of_table(table, name));
        let mut loaded = [0, 0];
        for (text, strict) in list.iter().flat_map(|text| [(text, false), (text, true)]) {
            match load(text, hook, target, strict) {
                Some(Ok(())) => loaded[usize::from(strict)] += 1,
                Some(Err(error)) => {
                    failed += 1;
                    println!("`{text}` on {}, strict: {strict}: {error}", hook.name);
                }
                None => {}
            }
        }
        let (modules, refused) = modules(hook, target);
        failed += refused.len();
        for why in refused {
            println!("a random module on {}: {why}", hook.name);
        }
        let mut captured = 0;
        for text in list.iter().map(AsRef::as_ref).step_by(CAPTURED).chain([""]) {
            match capture(text, hook, target) {
                Some(Ok(())) => captured += 1,
                Some(Err(error)) => {
                    failed += 1;
                    println!("`{text}` captured on {}: {error}", hook.name);
                }
                None => {}
            }
        }
        println!(
            "on {kernel}, for {target}, {}: {} of {} expressions load, {} with strict IPv6, {captured} \
             capture; {modules} random modules",
            hook.name,
            loaded[0],
            list.len(),
            loaded[1]
        );
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
