//! Packets taken apart by the declarations, and how two of them differ.

use nbpfc_sema::{HeaderId, Program, Value, in_header};

use super::bits::read;
use super::show::{quoted, show};

/// The most headers that a packet is taken apart into.
const MOST: usize = 64;
/// How many bytes are shown of what no header has.
const SHOWN: usize = 32;

/// A header in a packet.
struct Seen {
    header: HeaderId,
    /// Its fields; `None` where the packet does not have it.
    values: Vec<Option<Value>>,
    /// Where it ends.
    end: usize,
}

/// The headers of a packet, from the one on that it begins with.
fn dissect(program: &Program, start: Option<HeaderId>, bytes: &[u8]) -> Vec<Seen> {
    let mut found: Vec<Seen> = Vec::new();
    let (mut at, mut next) = (0, start);
    while let Some(header) = next.filter(|_| found.len() < MOST) {
        let Some((seen, follows)) = header_at(program, header, bytes, at) else { break };
        at = seen.end;
        found.push(seen);
        next = follows;
    }
    // What looks ahead is no header of its own.
    let mut before = 0;
    found.retain(|seen| std::mem::replace(&mut before, seen.end) != seen.end);
    found
}

fn header_at(
    program: &Program,
    id: HeaderId,
    bytes: &[u8],
    at: usize,
) -> Option<(Seen, Option<HeaderId>)> {
    let header = &program.headers[id];
    let mut values: Vec<Option<Value>> = Vec::new();
    let value = |values: &[Option<Value>], expr| {
        in_header(program, expr, &|index| values.get(index as usize)?.clone())
    };
    let mut bit = at * 8;
    for field in &header.fields {
        let there = field
            .condition
            .as_ref()
            .is_none_or(|condition| value(&values, condition) == Some(Value::Bool(true)));
        let Some(width) = field.ty.wire_bits().filter(|_| there) else {
            values.push(None);
            continue;
        };
        values.push(Some(read(bytes, bit, &field.ty)?));
        bit += width as usize;
    }
    let mut end = bit.div_ceil(8);
    if let Some((length, low, high)) = &header.length {
        let said = value(&values, length)?.number()?;
        if !(i128::from(*low)..=i128::from(*high)).contains(&said) {
            return None;
        }
        end = at + usize::try_from(said).ok()?;
    }
    if end > bytes.len() {
        return None;
    }
    let follows = header.next.iter().find_map(|next| {
        let holds = next.condition.as_ref();
        if !holds.is_none_or(|holds| value(&values, holds) == Some(Value::Bool(true))) {
            return None;
        }
        let Some(selector) = &next.selector else { return next.arms.first().map(|arm| arm.1) };
        let number = value(&values, selector)?.number()?;
        let has = |(low, high): &(i128, i128)| (*low..=*high).contains(&number);
        next.arms.iter().find(|(ranges, _)| ranges.iter().any(has)).map(|arm| arm.1)
    });
    Some((Seen { header: id, values, end }, follows))
}

/// A packet in a few words: `ethernet / ipv4 / tcp / 20 bytes`.
pub(super) fn describe(program: &Program, start: Option<HeaderId>, bytes: &[u8]) -> String {
    let seen = dissect(program, start, bytes);
    let mut words: Vec<String> =
        seen.iter().map(|seen| program.headers[seen.header].name.clone()).collect();
    let rest = bytes.len() - seen.last().map_or(0, |last| last.end);
    if rest > 0 || words.is_empty() {
        words.push(format!("{rest} bytes"));
    }
    words.join(" / ")
}

/// How a packet differs from the expected one, a line for each field.
pub(super) fn differences(
    program: &Program,
    start: Option<HeaderId>,
    found: &[u8],
    expected: &[u8],
) -> Vec<String> {
    let (ours, theirs) = (dissect(program, start, found), dissect(program, start, expected));
    let mut lines = Vec::new();
    let same = ours.iter().zip(&theirs).take_while(|(a, b)| a.header == b.header).count();
    if same < ours.len().max(theirs.len()) {
        lines.push(format!(
            "the packet is {}, expected {}",
            describe(program, start, found),
            describe(program, start, expected)
        ));
    }
    let (mut our_end, mut their_end) = (0, 0);
    for (ours, theirs) in ours.iter().zip(&theirs).take(same) {
        let header = &program.headers[ours.header];
        for (field, (a, b)) in header.fields.iter().zip(ours.values.iter().zip(&theirs.values)) {
            if a == b {
                continue;
            }
            let shown = |value: &Option<Value>| {
                value.as_ref().map_or_else(|| "absent".to_owned(), |v| show(program, &field.ty, v))
            };
            let (name, field) = (&header.name, &field.name);
            lines.push(format!("{name}.{field} is {}, expected {}", shown(a), shown(b)));
        }
        (our_end, their_end) = (ours.end, theirs.end);
    }
    if same == ours.len().max(theirs.len()) {
        let (ours, theirs) = (&found[our_end..], &expected[their_end..]);
        if ours != theirs {
            let ours_shown = quoted(&ours[..ours.len().min(SHOWN)]);
            let theirs_shown = quoted(&theirs[..theirs.len().min(SHOWN)]);
            let at = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
            lines.push(format!(
                "the payload is {ours_shown} ({} bytes), expected {theirs_shown} ({} bytes); they differ from byte {at} on",
                ours.len(),
                theirs.len()
            ));
        }
    }
    if lines.is_empty() && found != expected {
        let at = found.iter().zip(expected).take_while(|(a, b)| a == b).count();
        lines.push(format!("byte {at} of the packet differs, in bytes that no field has"));
    }
    lines
}
