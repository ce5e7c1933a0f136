//! How many maps a program uses, and that the kernel's verifier takes so many.

use std::collections::BTreeSet;

use nbpfc_codegen::Code;
use nbpfc_ir::Map;
use nbpfc_kernel::MAX_USED_MAPS;
use nbpfc_source::{Code as Kind, Diagnostic, FileId};

/// The maps that a program uses, each with the instruction that does so first; none for the tables.
fn used(code: &Code) -> Vec<(u32, Option<Map>)> {
    // Tables are in one map more.
    let tables = code.relocations.first().map(|relocation| (relocation.insn, None));
    let maps = code.maps.iter().map(|reference| (reference.insn, Some(reference.map)));
    let mut used: Vec<_> = maps.chain(tables).collect();
    used.sort_unstable_by_key(|(insn, _)| *insn);
    let mut seen = BTreeSet::new();
    used.retain(|(_, map)| seen.insert(*map));
    used
}

/// Whether a program uses all the maps that the verifier takes.
pub(crate) fn is_full(code: &Code) -> bool {
    used(code).len() >= MAX_USED_MAPS
}

/// The error for a program that uses more, where it uses the first beyond the limit.
pub(crate) fn refusal(code: &Code, id: FileId) -> Option<Diagnostic> {
    let used = used(code);
    let (insn, _) = used.get(MAX_USED_MAPS)?;
    let message = format!("the program uses more than {MAX_USED_MAPS} maps");
    let diagnostic = match code.place_of(*insn) {
        Some(span) => Diagnostic::error(Kind::TargetLimit, message, id, span)
            .label("this needs the first map too many"),
        None => Diagnostic::general(Kind::TargetLimit, message),
    };
    let note = format!(
        "it uses {}, with those of variables, parameters and sets; the kernel takes no program with more \
         than {MAX_USED_MAPS}",
        used.len()
    );
    Some(
        diagnostic
            .note(note)
            .help("put several into one, or go on in another program (`tail_call`)"),
    )
}
