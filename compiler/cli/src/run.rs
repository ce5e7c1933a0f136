//! `nbpfc run`: a program on the packets of a capture, and what it left.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use nbpfc_driver::{Build, Contents, Left, Program, Programs, Session, System};
use nbpfc_loader::Opened;
use nbpfc_object::Contents as Data;
use serde_json::{Map, Value, json};

use crate::args::RunArgs;
use crate::choice::one;
use crate::compile;
use crate::failure::Failure;
use crate::offline::{self, Input, Job};
use crate::output;

/// Runs the program on every packet.
pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let kernel = compile::version(args.kernel.as_deref())?;
    let world = System::default();
    let mut session = Session::new(&world);
    let id = session.add_module(compile::text(&args.file)?);
    let compiled = session.module(id, &Build::new(kernel));
    let programs = compiled.map_err(|found| Failure::Source(session.files().clone(), found))?;
    let program = one(&programs, args.program.as_deref())?;
    let job = Job {
        input: args.read.clone(),
        output: args.write.clone(),
        count: false,
        engine: None,
        trace: false,
    };
    let input = Input::open(&args.read)?;
    let frames = offline::frames(program, &input)?;
    let mut machine = offline::machine_of(&programs, program, None)?;
    for (name, bytes) in parameters(&programs, &args.set)? {
        let section = machine.maps_mut().iter_mut().find(|map| map.spec().name == name);
        if let Some(section) = section {
            let set = section.update(&[0; 4], &bytes, 0);
            set.map_err(|code| Failure::bug(&format!("the section {name}: error {code}")))?;
        }
    }
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    let ended = offline::each_by(
        &mut machine,
        &program.code,
        (input, frames),
        &job,
        |verdict| program.keeps(verdict),
        |verdict| *counts.entry(verdict).or_default() += 1,
    )?;
    let contents = programs.contents(machine.maps_mut());
    let text = if args.json {
        format!("{}\n", as_json(program, &counts, &contents))
    } else {
        table(program, &counts, &contents)
    };
    if args.write.as_deref() == Some(Path::new("-")) {
        eprint!("{text}");
    } else {
        output::print(&text)?;
    }
    ended
}

/// The sections of parameters with what `--set` says.
fn parameters(programs: &Programs, set: &[String]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    if set.is_empty() {
        return Ok(Vec::new());
    }
    let mut opened = Opened::new(programs.object().object().clone());
    for assignment in set {
        let done = opened.set_assignment(&programs.assignment(assignment));
        done.map_err(|error| Failure::Message(error.to_string()))?;
    }
    let maps = opened.object().maps.iter();
    let data = maps.filter_map(|map| match &map.contents {
        Data::Data(bytes) if map.name == ".rodata" => Some((map.name.clone(), bytes.clone())),
        _ => None,
    });
    Ok(data.collect())
}

fn table(program: &Program, counts: &BTreeMap<u32, u64>, contents: &[Contents]) -> String {
    let mut text = String::new();
    for (verdict, count) in counts {
        let _ = writeln!(text, "{} {count}", program.verdict_name(*verdict));
    }
    for Contents { name, kind, elements, zeros } in contents {
        let Some(kind) = kind else {
            for (_, value) in elements {
                let _ = writeln!(text, "\n{name} = {}", words(value));
            }
            continue;
        };
        let plural = if elements.len() == 1 { "" } else { "s" };
        let _ = write!(text, "\n{name}: {}, {} element{plural}", kind.name(), elements.len());
        if *zeros > 0 {
            let _ = write!(text, ", {zeros} more {} zero", if *zeros == 1 { "is" } else { "are" });
        }
        text.push('\n');
        let rows: Vec<(String, String)> = elements
            .iter()
            .map(|(key, value)| (key.as_ref().map(words).unwrap_or_default(), words(value)))
            .collect();
        let width = rows.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
        for (key, value) in rows {
            let line = if width == 0 { value } else { format!("{key:<width$}  {value}") };
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

fn words(value: &Left) -> String {
    match value {
        Left::Truth(truth) => truth.to_string(),
        Left::Number(number) => number.to_string(),
        Left::Word(word) => word.clone(),
        Left::Fields(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name} = {}", words(value)));
            fields.collect::<Vec<_>>().join(", ")
        }
        Left::List(values) => {
            let values: Vec<_> = values.iter().map(words).collect();
            format!("[{}]", values.join(", "))
        }
    }
}

fn as_json(program: &Program, counts: &BTreeMap<u32, u64>, contents: &[Contents]) -> Value {
    let verdicts: Map<String, Value> = counts
        .iter()
        .map(|(verdict, count)| (program.verdict_name(*verdict), json!(count)))
        .collect();
    let (mut maps, mut variables) = (Map::new(), Map::new());
    for Contents { name, kind, elements, .. } in contents {
        if kind.is_none() {
            let value = elements.first().map(|(_, value)| value_json(value));
            variables.insert(name.clone(), value.unwrap_or(Value::Null));
            continue;
        }
        let rows = elements.iter().map(|(key, value)| match key {
            Some(key) => json!({ "key": value_json(key), "value": value_json(value) }),
            None => json!({ "value": value_json(value) }),
        });
        maps.insert(name.clone(), rows.collect());
    }
    json!({
        "program": program.name,
        "packets": counts.values().sum::<u64>(),
        "verdicts": verdicts,
        "maps": maps,
        "variables": variables,
    })
}

fn value_json(value: &Left) -> Value {
    match value {
        Left::Truth(truth) => json!(truth),
        // Numbers have at most 64 bits.
        Left::Number(number) => match u64::try_from(*number) {
            Ok(number) => json!(number),
            Err(_) => json!(*number as i64),
        },
        Left::Word(word) => json!(word),
        Left::Fields(fields) => {
            Value::Object(fields.iter().map(|(n, v)| (n.clone(), value_json(v))).collect())
        }
        Left::List(values) => values.iter().map(value_json).collect(),
    }
}
