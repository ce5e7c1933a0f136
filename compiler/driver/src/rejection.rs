//! A refusal of the kernel's verifier, shown at the source that it is about.

use std::fmt::Write as _;

use nbpfc_source::{Code, Diagnostic, FileId};

use crate::session::Filter;

/// Lines of the log that a diagnostic shows.
const SHOWN: usize = 6;

impl Filter {
    /// What the kernel's verifier said of this program, as a diagnostic about the part of the
    /// source that its last instruction comes from. `id` is the source's file.
    pub fn rejection(&self, id: FileId, log: &str) -> Diagnostic {
        let said: Vec<_> = log.lines().map(str::trim_end).filter(|line| is_said(line)).collect();
        let message = "the kernel's verifier refused the program";
        let diagnostic = match last_instruction(&said).and_then(|number| self.code.place_of(number))
        {
            Some(span) => Diagnostic::error(Code::Rejected, message, id, span),
            None => Diagnostic::general(Code::Rejected, message),
        };
        let shown = &said[said.len().saturating_sub(SHOWN)..];
        let omitted = said.len() - shown.len();
        let mut note = String::from("the verifier's words");
        if omitted > 0 {
            let _ = write!(note, ", {omitted} lines before these left out");
        }
        note.push(':');
        for line in shown {
            note.push('\n');
            note.push_str(line);
        }
        diagnostic.label(said.last().copied().unwrap_or_default()).note(note).help(
            "what compiles should load: please report the expression and the kernel's version",
        )
    }
}

/// Whether a line is about the program, not about the verifier's own work.
fn is_said(line: &str) -> bool {
    const STATISTICS: &[&str] =
        &["processed ", "verification time ", "stack depth ", "mark_precise: ", "func#"];
    !line.is_empty() && !STATISTICS.iter().any(|start| line.starts_with(start))
}

/// The number of the instruction that is named last: `12: (71) r1 = *(u8 *)(r0 +9)`.
fn last_instruction(lines: &[&str]) -> Option<u32> {
    lines.iter().rev().find_map(|line| {
        let (number, rest) = line.split_once(": (")?;
        rest.get(2..3).filter(|close| *close == ")")?;
        number.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use nbpfc_kernel::{Hook, Target, Version};
    use nbpfc_pcap::LinkType;
    use nbpfc_source::File;

    use crate::{Request, Session, System};

    #[test]
    fn the_last_instruction_tells_the_place() {
        let world = System::default();
        let mut session = Session::new(&world);
        let id = session.add(File::new("<expression>", "ip and udp"));
        let hook = Hook::by_name("xdp").expect("xdp");
        let request = Request::new(Target::new(hook, Version::new(6, 1)), LinkType::Ethernet);
        let filter = session.filter(id, &request).expect("a filter");
        let (number, span) = *filter.code.lines.last().expect("lines");
        let log = format!(
            "0: (61) r2 = *(u32 *)(r1 +0)\n{number}: (71) r1 = *(u8 *)(r0 +9)\n\
             invalid access to packet, off=9 size=1, R0(id=0,off=0,r=0)\n\
             processed 3 insns (limit 1000000) max_states_per_insn 0\n"
        );
        let diagnostic = filter.rejection(id, &log);
        let primary = diagnostic.primary.expect("a place");
        assert_eq!(primary.span, span);
        assert!(primary.text.starts_with("invalid access to packet"), "{}", primary.text);
        assert!(!diagnostic.notes[0].contains("processed"), "{:?}", diagnostic.notes);

        let mute = filter.rejection(id, "");
        assert_eq!(mute.primary, None);
    }
}
