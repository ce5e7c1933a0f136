//! `nbpfc hooks`: where programs run, from the rows of the kernel's facts.

use std::fmt::Write as _;

use nbpfc_driver::{HOOKS, Hook, Layer, vocabulary};
use serde_json::json;

use crate::failure::Failure;
use crate::output;

/// Prints one hook, or a line for each.
pub(crate) fn run(name: Option<&str>, as_json: bool) -> Result<(), Failure> {
    let text = match name {
        Some(name) if as_json => json_line(by_name(name)?),
        Some(name) => page(by_name(name)?),
        None if as_json => HOOKS.iter().map(json_line).collect(),
        None => table(),
    };
    output::print(&text)
}

/// The hook with this name, or an error that lists those that there are.
pub(crate) fn by_name(name: &str) -> Result<&'static Hook, Failure> {
    Hook::by_name(name).ok_or_else(|| {
        let names = HOOKS.iter().map(|hook| hook.name).collect::<Vec<_>>().join(", ");
        Failure::Message(format!("no hook is called '{name}'; there are {names}"))
    })
}

fn table() -> String {
    let mut text = format!("{:<20} {:<11} {:<8} attached to\n", "hook", "sees", "kernel");
    for hook in HOOKS {
        let Hook { name, since, place, .. } = hook;
        let since = since.to_string();
        let _ = writeln!(text, "{name:<20} {:<11} {since:<8} {}", sees(hook), place.means());
    }
    text
}

fn sees(hook: &Hook) -> &'static str {
    match hook.layer {
        Layer::Link => "link layer",
        Layer::Network => "IP packet",
    }
}

fn page(hook: &Hook) -> String {
    let Hook { name, section, since, place, .. } = hook;
    let mut text = format!("{name}\n");
    let mut row = |label: &str, value: &str| {
        let _ = writeln!(text, "  {label:<14} {value}");
    };
    row("attached to", place.means());
    row("packets begin", sees(hook));
    row("kernel", &since.to_string());
    row("ELF section", section);
    row("program type", hook.program_type.name());
    let verdicts = hook.verdicts.iter().map(|v| format!("{} {}", v.name, v.value as i32));
    row("verdicts", &verdicts.collect::<Vec<_>>().join(", "));
    let members = hook.context.fields.iter().map(|field| field.name).collect::<Vec<_>>().join(" ");
    row("context", &format!("struct {} {{ {members} }}", hook.context.name));
    let Some(words) = vocabulary(hook) else { return text };
    text.push_str("in the nbp language\n");
    let mut rows = |label: &str, values: &[String]| {
        for (index, value) in values.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let _ = writeln!(text, "  {label:<14} {value}");
        }
    };
    rows("packets begin", words.packet.as_slice());
    rows("verdicts", &[words.verdicts.join(", ")]);
    rows("packets have", &words.fields);
    rows("and", &words.functions);
    rows("programs call", &words.helpers);
    text
}

fn json_line(hook: &Hook) -> String {
    let verdicts: serde_json::Map<_, _> =
        hook.verdicts.iter().map(|v| (v.name.to_owned(), json!(v.value as i32))).collect();
    let row = json!({
        "name": hook.name,
        "section": hook.section,
        "program_type": hook.program_type.name(),
        "attach_type": hook.attach_type,
        "layer": match hook.layer { Layer::Link => 2, Layer::Network => 3 },
        "since": hook.since.to_string(),
        "attached_to": hook.place.means(),
        "context": hook.context.name,
        "verdicts": verdicts,
        "nbp": vocabulary(hook).map(|words| json!({
            "packet": words.packet,
            "verdicts": words.verdicts,
            "fields": words.fields,
            "functions": words.functions,
            "helpers": words.helpers,
        })),
    });
    format!("{row}\n")
}
