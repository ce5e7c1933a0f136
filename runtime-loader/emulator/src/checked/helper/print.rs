//! Lines for the trace pipe.

use super::Call;
use crate::error::FaultKind;

/// `trace_printk(format, size, a, b, c)`: how many bytes were written.
pub(super) fn trace_printk(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let size = call.number32(2)? as usize;
    let format = call.bytes(1, size)?;
    let mut numbers = Vec::new();
    for register in 3..6 {
        // What the format does not ask for need not be there.
        numbers.push(call.number(register).unwrap_or(0));
    }
    let line = formatted(&format, &numbers);
    let written = line.len() as u64;
    call.reach.state.around.printed.push(line);
    Ok(written)
}

/// The text up to the first zero, with numbers put in.
fn formatted(format: &[u8], numbers: &[u64]) -> String {
    let text = format.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let mut line = String::new();
    let mut numbers = numbers.iter().copied();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '%' {
            line.push(c);
            continue;
        }
        let mut long = false;
        while let Some(modifier) = rest.next_if(|c| matches!(c, 'l' | 'h' | 'z' | '0'..='9' | '#'))
        {
            long |= modifier == 'l';
        }
        match rest.next() {
            Some('%') => line.push('%'),
            Some(kind) => {
                let number = numbers.next().unwrap_or(0);
                line.push_str(&one(kind, number, long));
            }
            None => {}
        }
    }
    line
}

fn one(kind: char, number: u64, long: bool) -> String {
    let unsigned = if long { number } else { u64::from(number as u32) };
    match kind {
        'd' | 'i' if long => (number as i64).to_string(),
        'd' | 'i' => (number as i32).to_string(),
        'x' => format!("{unsigned:x}"),
        'X' => format!("{unsigned:X}"),
        'p' => format!("{number:x}"),
        'c' => char::from(number as u8).to_string(),
        _ => unsigned.to_string(),
    }
}
