//! A program together with the subprograms that it calls, as the kernel takes it.

use std::collections::BTreeSet;

use nbpfc_btf::TypeId;
use nbpfc_isa::{Insn, Op, Pseudo};

use crate::check::is_wide;
use crate::error::{Error, Fault};
use crate::value::{Core, Line, Object, Program, Relocation, Target};

/// A program in one piece: it comes first, the subprograms that it reaches come behind it, and
/// calls among them are resolved. All indexes count from its first instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// The instructions.
    pub insns: Vec<Insn>,
    /// What is still not known, in the order of instructions: no subprograms any more.
    pub relocations: Vec<Relocation>,
    /// Where each function begins, with its type; the program itself is the first.
    pub functions: Vec<(usize, Option<TypeId>)>,
    /// Where source lines begin, in the order of instructions.
    pub lines: Vec<Line>,
    /// What depends on the types of the running kernel, in the order of instructions.
    pub core: Vec<Core>,
}

impl Object {
    /// Links the program of this index in [`Object::programs`].
    ///
    /// # Errors
    /// [`Error::Program`] if there is no such program or subprogram, or if a relocation is at an
    /// instruction that cannot have it.
    pub fn link(&self, program: usize) -> Result<Linked, Error> {
        let missing = || Error::Program { name: String::new(), fault: Fault::Target(program) };
        let program = self.programs.get(program).ok_or_else(missing)?;
        let reached = self.reached(program)?;
        let mut linked = Linked::default();
        let functions: Vec<&Program> =
            std::iter::once(program).chain(reached.iter().map(|i| &self.subprograms[*i])).collect();
        let mut start = 0;
        for function in &functions {
            linked.functions.push((start, function.function));
            start += function.insns.len();
        }
        for (function, at) in functions.iter().zip(0..) {
            let start = linked.functions[at].0;
            linked.insns.extend(&function.insns);
            linked.lines.extend(
                function.lines.iter().map(|line| Line { insn: start + line.insn, ..line.clone() }),
            );
            linked.core.extend(
                function.core.iter().map(|core| Core { insn: start + core.insn, ..core.clone() }),
            );
            for relocation in &function.relocations {
                let insn = start + relocation.insn;
                let Target::Subprogram(index) = relocation.target else {
                    linked.relocations.push(Relocation { insn, target: relocation.target });
                    continue;
                };
                let place = reached.iter().position(|reached| *reached == index);
                let callee = place.map(|place| linked.functions[place + 1].0);
                let fault = Fault::Relocation(relocation.insn);
                callee
                    .and_then(|callee| call(&mut linked.insns, insn, callee))
                    .ok_or_else(|| Error::Program { name: function.name.clone(), fault })?;
            }
        }
        Ok(linked)
    }

    /// The subprograms that a program calls, itself or through others, in their order.
    fn reached(&self, program: &Program) -> Result<BTreeSet<usize>, Error> {
        let mut reached = BTreeSet::new();
        let mut open = vec![program];
        while let Some(function) = open.pop() {
            for relocation in &function.relocations {
                let Target::Subprogram(index) = relocation.target else { continue };
                let fault = Fault::Target(relocation.insn);
                let missing = || Error::Program { name: function.name.clone(), fault };
                let callee = self.subprograms.get(index).ok_or_else(missing)?;
                if reached.insert(index) {
                    open.push(callee);
                }
            }
        }
        Ok(reached)
    }
}

/// Makes the instruction at `insn` name the function that begins at `callee`.
fn call(insns: &mut [Insn], insn: usize, callee: usize) -> Option<()> {
    let distance = i32::try_from(callee as i64 - insn as i64 - 1).ok()?;
    let wide = is_wide(insns, insn);
    let place = insns.get_mut(insn)?;
    if wide {
        place.src = Pseudo::Func.code();
    } else if place.row()?.op != Op::CallLocal {
        return None;
    }
    place.imm = distance;
    Some(())
}
