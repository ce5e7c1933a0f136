//! What a refused program uses that the kernel does not have.

use nbpfc_isa::{AtomicOp, Bits, Insn, Op, Pseudo};
use nbpfc_kernel::{Helper, ProgramType};

use crate::error::Error;
use crate::probe::{self, Feature};

/// How many instructions the first kernels take.
const FEW: usize = 4096;

/// What an instruction needs that not every kernel has, in words.
fn needs(insn: Insn) -> Option<(Feature, &'static str)> {
    use AtomicOp as A;
    match insn.row()?.op {
        Op::LdPseudo(Pseudo::Func) => Some((Feature::Callbacks, "functions as callbacks")),
        Op::LdPseudo(Pseudo::MapValue) => Some((Feature::GlobalData, "global data")),
        Op::CallKfunc => Some((Feature::KernelFunctions, "calls of kernel functions")),
        Op::Jump(Bits::B32, _) => Some((Feature::Jumps32, "comparisons of 32 bits")),
        Op::MovSx(..) | Op::LoadSx(_) | Op::Bswap(_) | Op::Gotol => {
            Some((Feature::SignExtension, "instructions of level v4"))
        }
        Op::Atomic(_, A::Add | A::Or | A::And | A::Xor) => None,
        Op::Atomic(..) => Some((Feature::AtomicFetch, "atomic operations that give the old value")),
        _ => None,
    }
}

/// What the kernel lacks for a program that it refused; `None` if it lacks nothing that is known.
pub(super) fn of(error: &Error, insns: &[Insn], program_type: ProgramType) -> Option<String> {
    if matches!(error, Error::NotPermitted { .. }) {
        return None;
    }
    let missing = insns.iter().filter_map(|insn| needs(*insn)).find(|(feature, _)| {
        // A question that is not answered explains nothing.
        matches!(probe::feature(*feature), Ok(false))
    });
    let long = (insns.len() > FEW && matches!(probe::feature(Feature::LongPrograms), Ok(false)))
        .then_some((Feature::LongPrograms, "more than 4096 instructions"));
    if let Some((feature, words)) = missing.or(long) {
        return Some(format!(
            "{words} (Linux {}), which this kernel does not have",
            feature.since()
        ));
    }
    let helper = insns.iter().find_map(|insn| {
        let is_call = insn.row()?.op == Op::Call;
        let known = Helper::ALL.iter().find(|row| is_call && row.id == insn.imm)?;
        matches!(probe::helper(program_type, known.id), Ok(false)).then_some(known)
    });
    let Some(helper) = helper else {
        // One that has no row.
        let (_, rest) = error.log().rsplit_once("invalid func unknown#")?;
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return Some(format!("helper {number}, which this kernel does not have"));
    };
    let (name, kind) = (helper.name, program_type.name());
    Some(match helper.since_on(program_type) {
        Some(since) => {
            format!("helper `bpf_{name}` (Linux {since}), which this kernel does not have")
        }
        None => format!("helper `bpf_{name}`, which {kind} programs may not call"),
    })
}
