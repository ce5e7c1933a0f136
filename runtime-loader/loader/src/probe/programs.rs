//! Types of programs, and the helpers that each may call.

use nbpfc_isa::{AluOp, Bits, Insn, Reg, Src};
use nbpfc_kernel::ProgramType;

use super::refused;
use crate::error::Error;
use crate::program::{LoadOptions, Program};

/// `BPF_F_SLEEPABLE`, which `syscall` programs must have.
const SLEEPABLE: u32 = 1 << 4;

/// A program of a type that has as little as the type wants.
pub(super) fn smallest(kind: ProgramType, insns: &[Insn]) -> LoadOptions<'_> {
    let attach_type = match kind {
        ProgramType::CgroupSock => Some(2),
        ProgramType::CgroupSockAddr => Some(8),
        ProgramType::CgroupSockopt => Some(21),
        ProgramType::CgroupSysctl => Some(18),
        ProgramType::SkLookup => Some(36),
        ProgramType::SkReuseport => Some(39),
        ProgramType::Netfilter => Some(45),
        ProgramType::LircMode2 => Some(16),
        ProgramType::Tracing => Some(24),
        ProgramType::Lsm => Some(27),
        _ => None,
    };
    // No function or structure: the verifier says so, if the kernel has the type.
    let named = [ProgramType::Tracing, ProgramType::Lsm, ProgramType::Ext, ProgramType::StructOps];
    let attach_btf_id = u32::from(named.contains(&kind));
    let flags = if kind == ProgramType::Syscall { SLEEPABLE } else { 0 };
    LoadOptions { attach_type, flags, attach_btf_id, ..LoadOptions::new(kind, insns) }
}

/// A program that returns a number.
pub(super) fn returning(number: i32) -> [Insn; 2] {
    [Insn::alu(Bits::B64, AluOp::Mov, Reg(0), Src::Imm(number)), Insn::exit()]
}

pub(super) fn has(kind: ProgramType) -> Result<bool, Error> {
    match Program::load(&smallest(kind, &returning(0))) {
        // The verifier only looks at programs of types that there are.
        Ok(_) | Err(Error::Rejected { .. }) => Ok(true),
        Err(error) => refused(error),
    }
}

pub(super) fn has_helper(kind: ProgramType, helper: i32) -> Result<bool, Error> {
    let insns = [Insn::call(helper), Insn::exit()];
    let log = match Program::load(&smallest(kind, &insns)) {
        Ok(_) => return Ok(true),
        Err(Error::Rejected { log, .. }) => log,
        Err(error) => return Err(error),
    };
    // Any other complaint is about what it is called with.
    let unknown = ["invalid func ", "unknown func ", "program of this type cannot use helper "];
    Ok(!unknown.iter().any(|text| log.contains(text)))
}
