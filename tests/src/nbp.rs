//! Programs of the nbp language, each small and named for what it shows: `tests/cases/nbp/**/*.nbp`.
//!
//! A case says what it is about in comments: `//# RULE` names the rules of `lang-spec/` that it
//! shows, `//@ HOOK …` the hooks that it is for (all that see packets, if it says nothing), and
//! each `//> PACKET => VERDICT` a packet and what the program returns for it; behind it `: PACKET` says
//! what has become of the packet. `test` items of a case hold. A case is written for
//! xdp; for other hooks ` on xdp` is replaced. A case whose comments have `//~ CODE TEXT` must not
//! compile: these are the errors of the line above, and all that there are. `//% N` says that the
//! kernel's verifier processes at most so many instructions, of the optimised program.
//!
//! Packets are run in the order of the file, and maps keep what is in them. Every verdict is asked
//! for before and after optimisation, of the reference interpreter, of both engines of the emulator,
//! and of the kernel, and all leave the same in maps; `//- maps` says that what is in them is not the
//! same twice. `//+ MAP KEY => NUMBER` puts something into a map before, of
//! control groups 1 all and others none that a process is in;
//! `//* tcp ADDRESS PORT` has a socket there.

mod built;
mod explained;
mod frame;
mod random;
mod constructs;
mod state;
mod sums;

use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use nbpfc_driver::{
    Build, File, HOOKS, Hook, Layer, Names, NotOffline, Program, Programs, Session, Severity,
    Version, World,
};
use nbpfc_emulator::{Engine, Error, ErrorKind};
use nbpfc_ir::{Func, Trap, interpret_program};
use nbpfc_loader::{TestRunOptions, load_object};
use nbpfc_tests::place::{files_below, root};
use nbpfc_tests::property::{KERNEL, Nowhere};
use nbpfc_tests::requires::Need;

use crate::Test;
use nbpfc_tests::effects::{Contents, contents};
use nbpfc_tests::surroundings::Surrounded;

/// Units that the reference interpreter may use.
const FUEL: u64 = 1_000_000;

/// The kernel that refused programs are compiled for.
const OLD: Version = Version::new(5, 10);

/// How many mangled texts are made of each case.
const MANGLED: usize = 12;

/// How much of the verifier's log is shown.
const LOG_LINES: usize = 6;
const LOG_LENGTH: usize = 2000;

pub(crate) fn tests() -> Vec<Test> {
    let folder = root().join("tests/cases/nbp");
    let mut tests = vec![
        Test::new("nbp::rules", &[], rules),
        Test::new("nbp::mangled", &[], mangled),
        Test::new("nbp::packets", &[], built::packets),
        Test::new("nbp::constructs", &[], constructs::occur),
        Test::new("nbp::explained", &[], explained::page),
        Test::new("nbp::sums", &[], sums::random),
    ];
    tests.extend(random::tests());
    for module in nbpfc_stdlib::MODULES {
        let name = format!("nbp::modules::{}", module.name);
        tests.push(Test::new(name, &[], || built::hold(module.text)));
    }
    for path in
        files_below(&folder).into_iter().filter(|p| p.extension().is_some_and(|e| e == "nbp"))
    {
        let name = path.strip_prefix(&folder).unwrap_or(&path).with_extension("");
        let name = name.display().to_string().replace('/', "::");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if text.contains("//~") {
            let shown = path.clone();
            tests.push(Test::new(format!("nbp::refused::{name}"), &[], move || {
                refused(&shown, &text)
            }));
            continue;
        }
        if text.contains("\ntest \"") {
            let text = text.clone();
            tests.push(Test::new(format!("nbp::tests::{name}"), &[], move || built::hold(&text)));
        }
        let again = text.clone();
        tests.push(Test::new(format!("nbp::{name}"), &[], move || each_hook(&text, offline)));
        let run = move || each_hook(&again, in_kernel);
        tests.push(Test::new(format!("nbp::kernel::{name}"), &[Need::Root], run));
    }
    tests
}

/// The lines of a case that begin with a mark.
fn marked<'a>(text: &'a str, mark: &str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| line.trim_start().strip_prefix(mark)).map(str::trim)
}

/// A packet and what is returned for it.
struct Expected<'a> {
    words: &'a str,
    data: Vec<u8>,
    verdict: &'a str,
    /// What has become of the packet, if that is said.
    after: Option<Vec<u8>>,
}

fn expected<'a>(text: &'a str, hook: &Hook) -> Result<Vec<Expected<'a>>, String> {
    let mut all = Vec::new();
    for line in marked(text, "//>") {
        let (words, verdict) = line.rsplit_once("=>").ok_or(format!("`{line}` has no `=>`"))?;
        let words = words.trim();
        let (verdict, after) = match verdict.split_once(": ") {
            Some((verdict, after)) => (verdict.trim(), Some(after.trim())),
            None => (verdict.trim(), None),
        };
        let seen = |words: &'a str| match hook.layer {
            Layer::Link => Some(words),
            // What begins with something else never comes to these hooks.
            Layer::Network => {
                words.strip_prefix("ethernet / ").filter(|inside| inside.starts_with("ip"))
            }
        };
        let bytes = |packet| frame::bytes(packet).map_err(|error| format!("`{words}`: {error}"));
        let Some(packet) = seen(words) else { continue };
        let after = after.and_then(seen).map(bytes).transpose()?;
        all.push(Expected { words, data: bytes(packet)?, verdict, after });
    }
    Ok(all)
}

fn each_hook(
    text: &str,
    run: impl Fn(&Compiled, &[Expected<'_>]) -> Result<(), String>,
) -> Result<(), String> {
    let wanted: Vec<&str> = marked(text, "//@").flat_map(str::split_whitespace).collect();
    for hook in HOOKS.iter().filter(|hook| wanted.is_empty() || wanted.contains(&hook.name)) {
        let named = text.replace(" on xdp ", &format!(" on {} ", hook.name));
        let expected = expected(text, hook)?;
        for optimise in [false, true] {
            let (filled, sockets) = (state::marked(text)?, state::sockets(text)?);
            let same_maps = marked(text, "//-").all(|word| word != "maps");
            let most = marked(text, "//%").next().and_then(|most| most.parse::<u32>().ok());
            let most = most.filter(|_| optimise);
            let result = compile(&named, optimise).and_then(|programs| {
                run(&Compiled { programs, hook, most, same_maps, sockets, filled }, &expected)
            });
            result.map_err(|error| format!("on {}, optimised: {optimise}: {error}", hook.name))?;
        }
    }
    Ok(())
}

struct Compiled {
    programs: Programs,
    hook: &'static Hook,
    /// How many instructions the kernel's verifier may process.
    most: Option<u32>,
    /// What is in maps is the same each time.
    same_maps: bool,
    /// Sockets that are there: their protocol, address and port.
    sockets: Vec<(String, IpAddr, u16)>,
    /// What is put into maps before: a map's name, a key and a value.
    filled: Vec<(String, u32, u32)>,
}

impl Compiled {
    fn program(&self) -> &Program {
        &self.programs.programs[0]
    }

    fn verdict(&self, name: &str) -> Result<u32, String> {
        let found = self.program().verdicts.iter().find(|(verdict, _)| verdict == name);
        let number = found.map(|(_, number)| *number).or_else(|| name.parse().ok());
        number.ok_or_else(|| format!("there is no verdict `{name}`"))
    }
}

/// The files that cases name: they lie in `tests/cases/beside`.
struct Beside;

impl World for Beside {
    fn read(&self, path: &Path, _: usize) -> std::io::Result<Vec<u8>> {
        fs::read(root().join("tests/cases/beside").join(path))
    }

    fn names(&self) -> &dyn Names {
        Nowhere.names()
    }
}

fn compile(text: &str, optimise: bool) -> Result<Programs, String> {
    let mut session = Session::new(&Beside);
    let id = session.add_module(File::new("case.nbp", text));
    let build = Build { optimise, ..Build::new(KERNEL) };
    session.module(id, &build).map_err(|found| {
        let render = |d| nbpfc_driver::render(session.files(), d, nbpfc_driver::Style::Plain);
        found.iter().map(render).collect()
    })
}

fn check(expected: &Expected<'_>, who: &str, said: u32, wanted: u32) -> Result<(), String> {
    if said == wanted {
        return Ok(());
    }
    Err(format!(
        "`{}`: {who} says {said}, expected {} ({wanted})",
        expected.words, expected.verdict
    ))
}

/// Whether the packet is what it should be.
fn same(expected: &Expected<'_>, who: &str, left: &[u8]) -> Result<(), String> {
    match &expected.after {
        Some(after) if after != left => {
            let words = expected.words;
            Err(format!("`{words}`: {who} leaves\n{left:02x?}, expected\n{after:02x?}"))
        }
        _ => Ok(()),
    }
}

/// The interpreter, on all packets in their order: maps keep what is in them.
fn interpreted(compiled: &Compiled, packets: &[Expected<'_>]) -> Result<Vec<Contents>, String> {
    let maps = state::filled(compiled)?;
    let mut surrounded = Surrounded::new(compiled.hook, maps);
    surrounded.around_mut().sockets = state::emulated_sockets(compiled);
    surrounded.around_mut().group = Some(state::ALL);
    for expected in packets {
        let wanted = compiled.verdict(expected.verdict)?;
        let packet = nbpfc_emulator::Packet::new(&expected.data);
        let mut environment = surrounded.with(packet);
        let mut program = 0;
        let said = loop {
            let module = &compiled.programs.programs[program].code.module;
            match interpret_program(module, Func::from_u32(0), &mut environment, FUEL) {
                Err(Trap::Elsewhere(number)) => program = number as usize,
                other => break other.map_err(|trap| format!("`{}`: {trap}", expected.words))?,
            }
        };
        check(expected, "the interpreter", said, wanted)?;
        same(expected, "the interpreter", environment.bytes())?;
    }
    Ok(contents(surrounded.maps_mut()))
}

fn offline(compiled: &Compiled, packets: &[Expected<'_>]) -> Result<(), String> {
    let left_in_maps = interpreted(compiled, packets)?;
    for engine in [Engine::Checked, Engine::Native] {
        let mut machine = match compiled.programs.machine(compiled.program(), Some(engine)) {
            // There is no machine code for maps, nor for helpers that write packets.
            Err(NotOffline::Program(Error { kind: ErrorKind::NotNative(_), .. })) => continue,
            other => other.map_err(|error| format!("the emulator: {error}"))?,
        };
        state::fill(compiled, machine.maps_mut())?;
        machine.surroundings_mut().sockets = state::emulated_sockets(compiled);
        machine.surroundings_mut().group = Some(state::ALL);
        for expected in packets {
            let wanted = compiled.verdict(expected.verdict)?;
            let said = machine
                .run(&nbpfc_emulator::Packet::new(&expected.data))
                .map_err(|fault| format!("`{}`: {fault}", expected.words))?;
            check(expected, &format!("{engine:?}"), said, wanted)?;
            let left = machine.changed_packet().unwrap_or(&expected.data);
            same(expected, &format!("{engine:?}"), left)?;
        }
        state::compare(compiled, &left_in_maps, &contents(machine.maps_mut()))?;
    }
    Ok(())
}

fn in_kernel(compiled: &Compiled, packets: &[Expected<'_>]) -> Result<(), String> {
    let verified = compiled.programs.object();
    let loaded = load_object(verified.object(), &compiled.program().name, compiled.hook, 0);
    let loaded = loaded.map_err(|error| {
        let text = error.to_string();
        let lines: Vec<_> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
        format!("the kernel:\n{end}").chars().take(LOG_LENGTH).collect::<String>()
    })?;
    if let (Some(most), Ok(info)) = (compiled.most, loaded.program.info())
        && info.verified_insns > most
    {
        return Err(format!("the verifier processes {}", info.verified_insns));
    }
    state::fill_kernel(compiled, &loaded.maps)?;
    let _open = state::open_sockets(compiled)?;
    let mut all = true;
    for expected in packets {
        let wanted = compiled.verdict(expected.verdict)?;
        // Test runs take the link layer off for who does not want it.
        let framed = match (compiled.hook.layer, expected.data.first()) {
            (Layer::Link, _) | (_, None) => expected.data.clone(),
            (Layer::Network, Some(first)) => {
                let kind = if first >> 4 == 4 { [8, 0] } else { [0x86, 0xdd] };
                [&[0; 12], kind.as_slice(), &expected.data].concat()
            }
        };
        // Test runs of socket filters begin with the network layer.
        if compiled.hook.name == "socket" || framed.len() < 14 {
            all = false;
            continue;
        }
        let options = TestRunOptions { data: &framed, context: &[], repeat: 1 };
        // Some short packets are refused by the test run itself.
        let Ok(run) = loaded.program.test_run(&options) else {
            all = false;
            continue;
        };
        check(expected, "the kernel", run.retval, wanted)?;
        if compiled.hook.layer == Layer::Link {
            same(expected, "the kernel", &run.data)?;
        }
    }
    if all {
        state::compare_kernel(compiled, &interpreted(compiled, packets)?, &loaded.maps)?;
    }
    Ok(())
}

/// The errors that the comments speak of, and no others.
fn refused(path: &Path, text: &str) -> Result<(), String> {
    let mut wanted = Vec::new();
    let mut above = 0;
    for (index, line) in text.lines().enumerate() {
        match line.trim_start().strip_prefix("//~") {
            Some(rest) => {
                let (code, message) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
                wanted.push((above, code.to_owned(), message.to_owned()));
            }
            None => above = index as u32 + 1,
        }
    }
    let mut session = Session::new(&Beside);
    let file = File::new("case.nbp", text);
    let id = session.add_module(file.clone());
    let Err(found) = session.module(id, &Build { tests: true, ..Build::new(OLD) }) else {
        return Err(format!("{} compiles", path.display()));
    };
    let shown: String = found
        .iter()
        .map(|d| nbpfc_driver::render(session.files(), d, nbpfc_driver::Style::Plain))
        .collect();
    let mut open: Vec<_> = found
        .iter()
        .map(|d| {
            let line = d.primary.as_ref().map_or(1, |label| file.position(label.span.start).line);
            (line, d.code.to_string(), d.message.clone())
        })
        .collect();
    for (line, code, message) in wanted {
        let matching = |found: &(u32, String, String)| {
            found.0 == line && found.1 == code && found.2.contains(&message)
        };
        let Some(index) = open.iter().position(matching) else {
            return Err(format!("line {line}: no {code} `{message}` but\n{shown}"));
        };
        open.remove(index);
    }
    if open.is_empty() { Ok(()) } else { Err(format!("more than expected: {open:?}\n{shown}")) }
}

/// Cases in which words are left out, doubled and exchanged are compiled or refused, and nothing else
/// happens: what is compiled is valid, and no place of a finding lies outside of the text.
fn mangled() -> Result<(), String> {
    let mut state = 1u64;
    let mut random = |below: usize| {
        // Knuth's MMIX generator.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    let mut compiled = 0;
    for path in files_below(&root().join("tests/cases/nbp")) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let words: Vec<&str> = text.split_inclusive([' ', '(', ')', ';', '.', ',', '?']).collect();
        for _ in 0..MANGLED {
            let mut words = words.clone();
            for _ in 0..=random(2) {
                let (a, b) = (random(words.len()), random(words.len()));
                match random(3) {
                    0 => drop(words.remove(a)),
                    1 => words.insert(a, words[b]),
                    _ => words.swap(a, b),
                }
            }
            let text = words.concat();
            let mut session = Session::new(&Nowhere);
            let id = session.add_module(File::new("mangled.nbp", &text));
            match session.module(id, &Build { tests: true, ..Build::new(KERNEL) }) {
                Ok(_) => compiled += 1,
                Err(found) => {
                    let bug = found.iter().any(|d| d.severity == Severity::Bug);
                    let shown: String = found
                        .iter()
                        .map(|d| {
                            nbpfc_driver::render(session.files(), d, nbpfc_driver::Style::Plain)
                        })
                        .collect();
                    if bug || found.is_empty() {
                        return Err(format!("{shown}\n{text}"));
                    }
                }
            }
        }
    }
    if compiled > 0 { Ok(()) } else { Err("nothing compiled".to_owned()) }
}

/// Rules that say only what is refused, so that no case that compiles could show them.
const ONLY_REFUSE: &[(&str, &str)] = &[
    ("absent.never", "what it asks for is an error"),
    ("absent.use", "what is no such use is another rule's"),
    ("fn.recursion", "what does not call itself shows nothing of it"),
    ("header.never", "what may be found is another rule's"),
    ("write.length", "what is assigned otherwise is another rule's"),
    ("yet.refused", "what compiles is not refused"),
];

/// Every rule of the language's pages has cases of both kinds, those that compile and those that are refused,
/// and every case names rules that there are.
fn rules() -> Result<(), String> {
    let mut rules = BTreeSet::new();
    for path in files_below(&root().join("lang-spec")) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        // `**rule.name**` begins a rule.
        for line in text.lines().filter_map(|line| line.strip_prefix("**")) {
            if let Some((rule, _)) = line.split_once("**") {
                rules.insert(rule.to_owned());
            }
        }
    }
    let (mut refused, mut compiled) = (BTreeSet::new(), BTreeSet::new());
    for path in files_below(&root().join("tests/cases/nbp")) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let named: Vec<_> =
            marked(&text, "//#").flat_map(str::split_whitespace).map(str::to_owned).collect();
        if named.is_empty() {
            return Err(format!("{} names no rule", path.display()));
        }
        let is_refused = marked(&text, "//~").next().is_some();
        if is_refused { &mut refused } else { &mut compiled }.extend(named);
    }
    let unknown: Vec<_> = refused.union(&compiled).filter(|rule| !rules.contains(*rule)).collect();
    let never_refused: Vec<_> = rules.difference(&refused).collect();
    let only_refuses = |rule: &str| ONLY_REFUSE.iter().any(|(only, _)| *only == rule);
    let never_compiled: Vec<_> =
        rules.difference(&compiled).filter(|rule| !only_refuses(rule)).collect();
    let needless: Vec<_> =
        ONLY_REFUSE.iter().map(|(rule, _)| *rule).filter(|rule| compiled.contains(*rule)).collect();
    if [&unknown, &never_refused, &never_compiled].iter().all(|rules| rules.is_empty())
        && needless.is_empty()
    {
        return Ok(());
    }
    Err(format!(
        "rules that no page has: {unknown:?}; rules that no case that is refused shows: \
         {never_refused:?}; that none shows that compiles: {never_compiled:?}; that one shows although it \
         is said that none does: {needless:?}"
    ))
}
