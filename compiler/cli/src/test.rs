//! `nbpfc test`: the tests that stand beside programs.

mod world;
mod events;
mod kernel;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

use nbpfc_driver::{
    Build, Diagnostic, File, FileId, LineCoverage, Programs, Reached, Runner, Session, Severity,
    Span, System,
};
use nbpfc_loader::own_network;
use serde_json::json;

use self::kernel::InKernel;
use crate::args::TestArgs;
use crate::attach;
use crate::compile;
use crate::failure::Failure;
use crate::findings;
use crate::output;
use crate::sources;

/// The kernel that programs under test are compiled for if nobody says otherwise.
const NEWEST_KERNEL: &str = "6.12";

/// How the tests went.
#[derive(Clone, Copy, Default)]
struct Counts {
    passed: usize,
    failed: usize,
    /// Files that do not compile.
    broken: usize,
    bug: bool,
}

/// Runs the tests; the exit status is 1 if one of them fails.
pub(crate) fn run(args: &TestArgs) -> ExitCode {
    let counts = match all(args) {
        Ok(counts) => counts,
        Err(failure) => return failure.show(),
    };
    match counts {
        Counts { bug: true, .. } => ExitCode::from(3),
        Counts { failed: 0, broken: 0, .. } => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn all(args: &TestArgs) -> Result<Counts, Failure> {
    let running = if args.kernel { attach::running_kernel() } else { None };
    let version = args.target.as_deref().or(running.as_deref()).unwrap_or(NEWEST_KERNEL);
    let kernel = compile::version(Some(version))?;
    let build = Build {
        tests: true,
        optimise: !args.coverage,
        coverage: args.coverage,
        doubtful: args.kernel,
        ..Build::new(kernel)
    };
    if args.kernel {
        // Programs find no sockets and interfaces of this machine there, as in the emulator. Who may not do
        // that tests all the same.
        let _ = own_network();
    }
    let mut counts = Counts::default();
    let mut text = String::new();
    for (path, named) in sources::files(&args.files)? {
        text.clear();
        let world = System::default();
        let mut session = Session::new(&world);
        let file = compile::text(&path)?;
        // Of a folder, the files that have tests are meant.
        if !named && !file.text().contains("test") {
            continue;
        }
        let name = file.name().to_owned();
        let id = session.add_module(file);
        let programs = match session.module(id, &build) {
            Ok(programs) => programs,
            Err(found) => {
                counts.broken += 1;
                counts.bug |= found.iter().any(|d| d.severity == Severity::Bug);
                show(&session, &found);
                if args.json {
                    let line = json!({ "file": name, "result": "does not compile" });
                    output::print(&format!("{line}\n"))?;
                }
                continue;
            }
        };
        module(args, &session, id, &programs, &mut counts)?;
    }
    let Counts { passed, failed, broken, .. } = counts;
    if !args.json {
        text.clear();
        let _ = write!(text, "{passed} passed, {failed} failed");
        if broken > 0 {
            let (plural, verb) = if broken == 1 { ("", "does") } else { ("s", "do") };
            let _ = write!(text, ", {broken} file{plural} {verb} not compile");
        }
        output::print(&format!("{text}\n"))?;
    }
    Ok(counts)
}

/// Runs the tests of one file.
fn module(
    args: &TestArgs,
    session: &Session<'_>,
    id: FileId,
    programs: &Programs,
    counts: &mut Counts,
) -> Result<(), Failure> {
    let file = session.files().get(id).name();
    let mut reached = args.coverage.then(Reached::default);
    for (index, name) in programs.tests().enumerate() {
        if args.filter.as_ref().is_some_and(|part| !name.contains(part.as_str())) {
            continue;
        }
        let alone = programs.not_in_kernel(index).filter(|_| args.kernel);
        let mut kernel = (args.kernel && alone.is_none()).then(|| InKernel::new(programs));
        let other = kernel.as_mut().map(|kernel| kernel as &mut dyn Runner);
        let found = session.test(id, programs, index, other, reached.as_mut()).err();
        let found = found.unwrap_or_default();
        if found.is_empty() {
            counts.passed += 1;
        } else {
            counts.failed += 1;
        }
        let skipped = kernel.as_ref().and_then(InKernel::skipped);
        if args.json {
            let result = if found.is_empty() { "passed" } else { "failed" };
            let findings = found.iter().map(|finding| {
                let at = finding.primary.as_ref();
                let line = at.map(|at| session.files().get(at.file).position(at.span.start).line);
                json!({ "message": finding.message, "line": line, "notes": finding.notes })
            });
            let findings: Vec<_> = findings.collect();
            let mut line = json!({ "file": file, "test": name, "result": result, "findings": findings, "kernel": kernel.is_some() });
            if let Some(note) = skipped.as_deref().or(alone) {
                line["note"] = json!(note);
            }
            output::print(&format!("{line}\n"))?;
        } else {
            let result = match (found.is_empty(), alone, skipped) {
                (true, Some(why), _) => format!("ok, in the emulator alone: {why}"),
                (true, None, Some(skipped)) => format!("ok, {skipped}"),
                (true, None, None) => "ok".to_owned(),
                (false, ..) => "FAILED".to_owned(),
            };
            output::print(&format!("{file}: {name} … {result}\n"))?;
            show(session, &found);
        }
    }
    if let Some(reached) = &reached {
        coverage(args, session, id, &reached.lines(programs))?;
    }
    Ok(())
}

fn show(session: &Session<'_>, found: &[Diagnostic]) {
    // If nobody listens there is nobody to tell.
    let _ = io::stderr().write_all(findings::text(session.files(), found).as_bytes());
}

/// Prints how often each line was come to, and how many of its ways on were gone.
fn coverage(
    args: &TestArgs,
    session: &Session<'_>,
    id: FileId,
    lines: &[LineCoverage],
) -> Result<(), Failure> {
    let file = session.files().get(id);
    let come = lines.iter().filter(|line| line.hits > 0).count();
    let branches: u32 = lines.iter().map(|line| line.branches).sum();
    let taken: u32 = lines.iter().map(LineCoverage::taken).sum();
    let mut text = String::new();
    if args.json {
        let rows = lines.iter().map(|line| {
            let missed = line.missed.iter().map(|missed| {
                let column = file.position(missed.span.start).column;
                json!({ "column": column, "what": said(file, missed.span), "never": missed.what })
            });
            let missed: Vec<_> = missed.collect();
            json!({
                "line": line.line,
                "hits": line.hits,
                "branches": line.branches,
                "taken": line.taken(),
                "missed": missed,
            })
        });
        let rows: Vec<_> = rows.collect();
        return output::print(&format!("{}\n", json!({ "file": file.name(), "coverage": rows })));
    }
    let count = file.text().lines().count() as u32;
    for number in 1..=count {
        let line = lines.iter().find(|line| line.line == number);
        let hits = line.map_or(String::new(), |line| line.hits.to_string());
        let mark = if line.is_some_and(|line| line.hits == 0) { '!' } else { ' ' };
        let ways = line.filter(|line| line.branches > 0);
        let ways = ways.map_or(String::new(), |line| format!("{}/{}", line.taken(), line.branches));
        let _ = writeln!(text, "{mark}{hits:>8} {ways:>8}  {}", file.line(number));
    }
    for line in lines.iter().filter(|line| line.hits > 0) {
        for missed in &line.missed {
            let at = file.position(missed.span.start);
            let what = said(file, missed.span);
            let _ =
                writeln!(text, "{}:{}:{}: {what} {}", file.name(), at.line, at.column, missed.what);
        }
    }
    let _ = writeln!(
        text,
        "{}: {come} of {} lines, {taken} of {branches} branches",
        file.name(),
        lines.len()
    );
    output::print(&text)
}

/// A part of the source, in quotes and on one line.
fn said(file: &File, span: Span) -> String {
    let text = file.text().get(span.start as usize..span.end as usize).unwrap_or_default();
    format!("`{}`", text.split_whitespace().collect::<Vec<_>>().join(" "))
}
