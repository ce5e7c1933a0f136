//! `nbpfc list` and `nbpfc detach`: what `--pin` left attached.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output;
use crate::pins::{Pin, Pins, uptime};

/// Shows what is pinned.
pub(crate) fn list(bpffs: &Path, as_json: bool) -> Result<(), Failure> {
    let pins = Pins::of(bpffs).all()?;
    let text = if as_json { pins.iter().map(json_line).collect() } else { table(&pins) };
    output::print(&text)
}

/// Ends what is pinned under these names.
pub(crate) fn detach(names: &[String], bpffs: &Path) -> Result<(), Failure> {
    let pins = Pins::of(bpffs).all()?;
    let find = |name: &String| {
        pins.iter().find(|pin| pin.name == *name).ok_or_else(|| {
            let known: Vec<&str> = pins.iter().map(|pin| pin.name.as_str()).collect();
            let known = match known[..] {
                [] => "nothing is".to_owned(),
                _ => format!("there are {}", known.join(", ")),
            };
            Failure::Message(format!("nothing is pinned as '{name}'; {known}"))
        })
    };
    let chosen = names.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    chosen.into_iter().try_for_each(Pin::detach)
}

/// Seconds since it was attached.
fn age(description: &Value) -> Option<f64> {
    Some((uptime()? - description["since"].as_f64()?).max(0.0))
}

fn json_line(pin: &Pin) -> String {
    let description = pin.description();
    let counts = pin.counts();
    let counted = counts.as_ref().map(|counts| counts.total);
    let mut row = json!({
        "name": pin.name,
        "hook": description["hook"],
        "place": description["place"],
        "action": description["action"],
        "expression": description["expression"],
        "packets": counted.map(|counted| counted.packets),
        "bytes": counted.map(|counted| counted.bytes),
        "seconds": age(&description),
        "attached": pin.is_attached(),
    });
    if let (Some(counts), Some(row)) = (counts, row.as_object_mut())
        && !counts.verdicts.is_empty()
    {
        row.insert("verdicts".to_owned(), counts.json());
    }
    format!("{row}\n")
}

const HEAD: [&str; 8] = ["name", "hook", "place", "does", "packets", "bytes", "age", "expression"];

fn table(pins: &[Pin]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(pins.iter().map(row));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn row(pin: &Pin) -> [String; 8] {
    let description = pin.description();
    let word = |name: &str| description[name].as_str().unwrap_or("?").to_owned();
    let note = match pin.is_attached() {
        Some(true) => "",
        Some(false) => " (gone)",
        None => " (elsewhere)",
    };
    let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |n| n.to_string());
    let counted = pin.counts().map(|counts| counts.total);
    [
        pin.name.clone(),
        word("hook"),
        word("place") + note,
        word("action"),
        number(counted.map(|counted| counted.packets)),
        number(counted.map(|counted| counted.bytes)),
        age(&description).map_or_else(|| "?".to_owned(), short),
        word("expression").lines().next().unwrap_or_default().to_owned(),
    ]
}

/// A time in its largest unit.
fn short(seconds: f64) -> String {
    let units = [(86_400.0, "d"), (3600.0, "h"), (60.0, "m")];
    let fits = units.into_iter().find(|(unit, _)| seconds >= *unit);
    let (unit, name) = fits.unwrap_or((1.0, "s"));
    format!("{:.0}{name}", (seconds / unit).floor())
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn ages() {
        let rows = [(0.0, "0s"), (59.9, "59s"), (61.0, "1m"), (7200.0, "2h"), (200_000.0, "2d")];
        for (seconds, expected) in rows {
            assert_eq!(short(seconds), expected);
        }
    }
}
