//! CO-RE: instructions fitted to the types of the kernel that they are loaded into.

use nbpfc_btf::{Btf as Types, CoreKind, Resolved};
use nbpfc_isa::{Bits, Field, Insn, Op, Size};
use nbpfc_object::Core;

use super::poison::{ABSENT, Poison};
use crate::error::Error;
use crate::kernel_types::KernelTypes;

/// Whether any of them asks for types of the kernel.
pub(super) fn asks_kernel(core: &[Core]) -> bool {
    core.iter().any(|core| core.kind != CoreKind::TypeIdLocal)
}

/// Puts into each instruction what it wants to know. `kernel` is needed where [`asks_kernel`].
pub(super) fn fit(
    insns: &mut [Insn],
    core: &[Core],
    local: &Types,
    kernel: &KernelTypes,
    poison: &mut Poison,
) -> Result<(), Error> {
    for core in core {
        let what = || local.describe_core(core.ty, &core.access, core.kind);
        let resolved = match core.kind {
            CoreKind::TypeIdLocal => Resolved::Value { value: core.ty.0.into(), sizes: None },
            _ => kernel
                .resolve(local, core)?
                .map_err(|error| Error::Object(format!("{}: {error}", what())))?,
        };
        match resolved {
            Resolved::Missing => {
                let missing = format!("{}, {ABSENT}", what());
                poison.put(insns, core.insn, missing);
            }
            Resolved::Value { sizes: Some((_, 0)), .. } if is_access(insns, core.insn) => {
                let changed = format!("{} in a size that one load reads alike, {ABSENT}", what());
                poison.put(insns, core.insn, changed);
            }
            Resolved::Value { value, sizes } => {
                let done = put(insns, core.insn, value, sizes);
                done.ok_or_else(|| {
                    Error::Object(format!("instruction {} cannot hold {}", core.insn, what()))
                })?;
            }
        }
    }
    Ok(())
}

fn is_access(insns: &[Insn], at: usize) -> bool {
    let op = insns.get(at).and_then(|insn| insn.row()).map(|row| row.op);
    matches!(op, Some(Op::Load(_) | Op::LoadSx(_) | Op::Store(_) | Op::StoreImm(_)))
}

/// `None` if the instruction has no place for the number.
fn put(insns: &mut [Insn], at: usize, value: u64, sizes: Option<(u32, u32)>) -> Option<()> {
    let insn = *insns.get(at)?;
    let row = insn.row()?;
    if is_access(insns, at) {
        let fitted = access(Insn { off: i16::try_from(value).ok()?, ..insn }, sizes)?;
        *insns.get_mut(at)? = fitted;
        return Some(());
    }
    match row.op {
        Op::LdImm64 => {
            insns.get_mut(at)?.imm = value as i32;
            insns.get_mut(at + 1)?.imm = (value >> 32) as i32;
        }
        Op::Alu(bits, _) if row.imm == Field::Value => {
            // Of 32 bits the upper half may be what it wants.
            let fits = match (i32::try_from(value.cast_signed()), bits) {
                (Ok(fits), _) => Some(fits),
                (Err(_), Bits::B32) => u32::try_from(value).ok().map(u32::cast_signed),
                (Err(_), Bits::B64) => None,
            };
            insns.get_mut(at)?.imm = fits?;
        }
        Op::Atomic(..) => insns.get_mut(at)?.off = i16::try_from(value).ok()?,
        _ => return None,
    }
    Some(())
}

/// A load or store with the size that the member has here.
fn access(insn: Insn, sizes: Option<(u32, u32)>) -> Option<Insn> {
    let Some((own, there)) = sizes else { return Some(insn) };
    let size = [(1, Size::B), (2, Size::H), (4, Size::W), (8, Size::DW)];
    let size_of = |bytes: u32| size.iter().find(|(known, _)| *known == bytes).map(|(_, it)| *it);
    let (own, there) = (size_of(own)?, size_of(there)?);
    let (dst, src) = (nbpfc_isa::Reg(insn.dst), nbpfc_isa::Reg(insn.src));
    match insn.row()?.op {
        Op::Load(size) if size == own => Some(Insn::load(there, dst, src, insn.off)),
        Op::Store(size) if size == own => Some(Insn::store(there, dst, insn.off, src)),
        Op::StoreImm(size) if size == own => Some(Insn::store_imm(there, dst, insn.off, insn.imm)),
        _ => None,
    }
}
