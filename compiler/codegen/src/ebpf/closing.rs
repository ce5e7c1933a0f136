//! Loops that no jump closes.
//!
//! Verifiers before [`Target::falls_into_loops`] take an instruction from which control falls back to
//! where a loop begins for a loop without an end (`check_cfg` in `kernel/bpf/verifier.c`: "back-edge"),
//! and a jump there for what it is. Such a jump leads to the next instruction, so the kernel takes it
//! out.

use nbpfc_isa::Insn;
use nbpfc_kernel::Target;

use super::encode::WIDE;
use super::layout::{Line, Stream, ends_flow};

/// Puts jumps between such instructions and the loops that they close.
pub(crate) fn close(stream: &mut Stream, target: &Target) {
    let goes_back = |(index, line): (usize, &Line)| {
        line.to.is_some_and(|to| stream.places[to.index()] <= index)
    };
    if target.falls_into_loops() || !stream.lines.iter().enumerate().any(goes_back) {
        return;
    }
    let mut closing = falling_back(stream);
    if closing.is_empty() {
        return;
    }
    closing.sort_unstable();
    let old = std::mem::take(&mut stream.lines);
    let mut moved = vec![0; old.len() + 1];
    for (index, line) in old.iter().enumerate() {
        moved[index] = stream.lines.len();
        stream.lines.push(*line);
        if closing.binary_search(&index).is_ok() {
            stream.lines.push(Line { insn: Insn::ja(0), ..*line });
        }
    }
    moved[old.len()] = stream.lines.len();
    for place in &mut stream.places {
        *place = moved[*place];
    }
}

/// The lines, jumps aside, that control falls from to a line that it has come from.
fn falling_back(stream: &Stream) -> Vec<usize> {
    let count = stream.lines.len();
    let next = |line: usize| {
        let behind = if stream.lines[line].insn.opcode == WIDE { line + 2 } else { line + 1 };
        let falls = !ends_flow(&stream.lines[line]) && behind < count;
        let target = stream.lines[line].to.map(|to| stream.places[to.index()]);
        [falls.then_some(behind), target.filter(|to| *to < count)]
    };
    let mut found = Vec::new();
    // Those on the way are open.
    let (mut seen, mut open) = (vec![false; count], vec![false; count]);
    let mut way = Vec::from_iter((count > 0).then_some((0, 0)));
    while let Some((line, step)) = way.last_mut() {
        let line = *line;
        seen[line] = true;
        open[line] = true;
        let Some(to) = next(line).get(*step).copied() else {
            open[line] = false;
            way.pop();
            continue;
        };
        *step += 1;
        match to {
            Some(to) if !seen[to] => way.push((to, 0)),
            // A jump is taken for what it is, whichever way control takes.
            Some(to) if open[to] && stream.lines[line].to.is_none() => found.push(to - 1),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use nbpfc_isa::Insn;
    use nbpfc_kernel::{Hook, Target, Version};
    use nbpfc_source::Span;

    use super::super::layout::{Line, Stream};
    use super::super::vcode::Label;
    use super::close;

    #[test]
    fn a_jump_lies_between_an_instruction_and_the_loop_that_it_closes() {
        let line = |insn, to: Option<u32>| Line { insn, span: Span::default(), to: to.map(Label) };
        let lines =
            vec![line(Insn::ja(0), Some(1)), line(Insn::call(5), None), line(Insn::ja(0), Some(0))];
        // The loop begins at the last line, and ends with the one before.
        let stream = Stream { lines, places: vec![1, 2] };
        for (kernel, slots) in [(Version::new(5, 10), 4), (Version::new(6, 12), 3)] {
            let mut stream = stream.clone();
            let hook = Hook::by_name("socket").expect("a hook");
            close(&mut stream, &Target::new(hook, kernel));
            assert_eq!(stream.lines.len(), slots, "{kernel}");
            assert_eq!(stream.places, [1, slots - 1], "{kernel}");
        }
    }
}
