//! The functions that a program calls, each as an object has it: by itself, its calls open.

use nbpfc_btf::TypeId;
use nbpfc_codegen::Code;
use nbpfc_object::{Line, Program, Relocation, Target};

/// The section of functions that programs call.
const TEXT: &str = ".text";

/// Takes a program and the functions behind it apart, each of which has a name and a type in
/// `called`; the object has `base` others before them.
pub(super) fn split(
    whole: Program,
    code: &Code,
    called: &[(String, TypeId)],
    base: usize,
) -> (Program, Vec<Program>) {
    if code.functions.is_empty() {
        return (whole, Vec::new());
    }
    let mut whole = whole;
    for (insn, func) in &code.calls {
        let place = code.functions.iter().position(|(_, other)| other == func);
        if let (Some(call), Some(index)) = (whole.insns.get_mut(*insn as usize), place) {
            call.imm = -1;
            let target = Target::Subprogram(base + index);
            whole.relocations.push(Relocation { insn: *insn as usize, target });
        }
    }
    whole.relocations.sort_by_key(|relocation| relocation.insn);
    let starts = code.functions.iter().map(|(start, _)| *start as usize);
    let mut ends: Vec<usize> = starts.clone().collect();
    ends.push(whole.insns.len());
    let part = |name: &str, section: &str, from: usize, to: usize, function| Program {
        name: name.to_owned(),
        section: section.to_owned(),
        insns: whole.insns.get(from..to).unwrap_or_default().to_vec(),
        relocations: whole
            .relocations
            .iter()
            .filter(|relocation| (from..to).contains(&relocation.insn))
            .map(|relocation| Relocation { insn: relocation.insn - from, ..*relocation })
            .collect(),
        function,
        lines: whole
            .lines
            .iter()
            .filter(|line| (from..to).contains(&line.insn))
            .map(|line| Line { insn: line.insn - from, ..line.clone() })
            .collect(),
        core: Vec::new(),
    };
    let program = part(&whole.name, &whole.section, 0, ends[0], whole.function);
    let subprograms = starts.zip(&ends[1..]).zip(called);
    let subprograms =
        subprograms.map(|((from, to), (name, ty))| part(name, TEXT, from, *to, Some(*ty)));
    (program, subprograms.collect())
}
