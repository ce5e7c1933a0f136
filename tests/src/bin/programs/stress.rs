//! Long modules of one kind of part each: four times as many take four times as long, not sixteen.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

use nbpfc_tests::place::{Scratch, nbpfc};
use nbpfc_tests::timing::run;

/// How many times as long what is [`MORE`] times as much may take. What grows with the square takes
/// 16 times as long.
const LONGER: u32 = 8;
const MORE: usize = 4;
/// What does not count: the process itself, and what is read of the library.
const ANYWAY: Duration = Duration::from_millis(20);
/// How often both are tried until it is no longer: the machine is not ours alone.
const ATTEMPTS: u32 = 8;

/// A kind of part.
struct Shape {
    name: &'static str,
    /// So many are few.
    few: usize,
    /// A module with so many.
    module: fn(usize) -> String,
}

const SHAPES: &[Shape] = &[
    Shape { name: "programs with a map and a filter each", few: 50, module: programs },
    Shape { name: "statements", few: 1250, module: statements },
    Shape { name: "tests of a field", few: 500, module: tests },
    Shape { name: "arms of a `match`", few: 500, module: arms },
    Shape { name: "`?`", few: 50, module: questions },
    Shape { name: "functions that are called", few: 250, module: functions },
    Shape { name: "constants", few: 500, module: constants },
    Shape { name: "parameters", few: 100, module: parameters },
    Shape { name: "fields of a struct", few: 100, module: fields },
    Shape { name: "prefixes of a set", few: 25_000, module: prefixes },
    Shape { name: "headers of its own", few: 8, module: headers },
];

/// `items`, and a program of which this is the body.
fn with_program(items: &str, body: &str) -> String {
    format!("{items}\nprogram p(pkt) on xdp otherwise pass {{\n{body}}}\n")
}

/// `items`, and a program that computes a number `a`, of which these are the steps.
fn computing(items: &str, steps: &str) -> String {
    with_program(
        items,
        &format!("    let mut a: u32 = pkt.len;\n{steps}    if a == 5 {{ return drop; }}\n"),
    )
}

/// Lines, one for each number; `@` is the number.
fn lines(count: usize, line: &str) -> String {
    (0..count).fold(String::new(), |mut all, number| {
        let _ = writeln!(all, "{}", line.replace('@', &number.to_string()));
        all
    })
}

fn programs(count: usize) -> String {
    lines(
        count,
        "map m@: hash<u32, u64>(max_entries = 16);\n\
         program p@(pkt) on xdp otherwise pass {\n\
             if pkt matches \"udp dst port 53\" { return drop; }\n\
             m@[pkt.len]? += 1;\n\
         }",
    )
}

fn statements(count: usize) -> String {
    computing("", &lines(count, "    a = (a ^ @) * 3;"))
}

fn tests(count: usize) -> String {
    let body = lines(count, "    if ip.id == @ && ip.ttl != 7 { return drop; }");
    with_program("", &format!("    let ip = pkt.ipv4?;\n{body}"))
}

fn arms(count: usize) -> String {
    let arms = lines(count, "        @ => @ + 7,");
    let all = format!("    let a: u32 = match ip.id {{\n{arms}        _ => 1,\n    }};\n");
    with_program("", &format!("    let ip = pkt.ipv4?;\n{all}    if a == 77 {{ return drop; }}\n"))
}

fn questions(count: usize) -> String {
    let body = lines(count, "    let v@ = m[k + @]?;");
    let map = "map m: hash<u32, u64>(max_entries = 16);";
    with_program(map, &format!("    let k: u32 = pkt.len;\n{body}"))
}

fn functions(count: usize) -> String {
    let items = lines(count, "fn f@(a: u32) -> u32 { a * 3 + (a >> 3) + @ }");
    computing(&items, &lines(count, "    a = f@(a);"))
}

fn constants(count: usize) -> String {
    let items = lines(count, "const C@: u32 = @ * 3 + 1;");
    computing(&items, &lines(count, "    a ^= C@;"))
}

fn parameters(count: usize) -> String {
    let items = lines(count, "param v@: u64 = @;");
    let body = lines(count, "    if length == v@ { return drop; }");
    with_program(&items, &format!("    let length = u64(pkt.len);\n{body}"))
}

fn fields(count: usize) -> String {
    let items = lines(count, "    f@: u64,");
    let body = lines(count, "    s.f@ += @;");
    let map = "map m: array<S>(max_entries = 1);";
    with_program(&format!("struct S {{\n{items}}}\n{map}"), &format!("    let s = m[0]?;\n{body}"))
}

fn prefixes(count: usize) -> String {
    let all = (0..count).fold(String::new(), |mut all, number| {
        let address = number * 7919 % (223 << 16);
        let [_, a, b, c] = (address as u32).to_be_bytes();
        let _ = writeln!(all, "    {}.{b}.{c}.0/24,", a + 1);
        all
    });
    let items = format!("const S: set<ipv4prefix> = {{\n{all}}};");
    with_program(&items, "    if pkt.ipv4?.src in S { return drop; }\n")
}

fn headers(count: usize) -> String {
    let items =
        lines(count, "header h@ { a: u8, b: u8, c: u16, after udp if dst_port == 1000 + @ }");
    let body = lines(count, "    if let h = pkt.h@ { if h.a == @ { return drop; } }");
    with_program(&items, &body)
}

/// Measures, prints the times, and says what grows too fast.
///
/// # Errors
/// What cannot be run.
pub(crate) fn measure() -> Result<Vec<String>, String> {
    let ours = nbpfc()?;
    let scratch = Scratch::new("programs-stress")?;
    let mut above = Vec::new();
    println!("\n    few {MORE} times as many, the least of some");
    for Shape { name, few, module } in SHAPES {
        let command = |count: usize| {
            let path = scratch.path().join(format!("{count}.nbp"));
            fs::write(&path, module(count)).map_err(|error| error.to_string())?;
            let mut command = Command::new(&ours);
            command.arg(path).arg("-o").arg(scratch.path().join("output.o"));
            Ok::<_, String>(command)
        };
        let (mut a, mut b) = (command(*few)?, command(few * MORE)?);
        let (mut short, mut long) = (run(&mut a)?, run(&mut b)?);
        let is_longer = |short: Duration, long: Duration| long > short * LONGER + ANYWAY;
        for _ in 1..ATTEMPTS {
            if !is_longer(short, long) {
                break;
            }
            (short, long) = (short.min(run(&mut a)?), long.min(run(&mut b)?));
        }
        let shown = |time: Duration| time.as_secs_f64() * 1e3;
        println!("{:4.0} ms {:4.0} ms  {few} {name}", shown(short), shown(long));
        if is_longer(short, long) {
            above.push(format!("{name}: {few} take {short:?}, {MORE} times as many {long:?}"));
        }
    }
    Ok(above)
}
