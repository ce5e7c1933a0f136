//! Objects for a network card: whether it takes programs at all, and what it cannot have.

use nbpfc_isa::{AluOp, Bits, Insn, Reg, Src};
use nbpfc_kernel::{MapKind, ProgramType};
use nbpfc_object::{Contents, Object};

use super::plan::MapPlan;
use crate::attach_error::AttachError;
use crate::errno::Errno;
use crate::error::Error;
use crate::interface::Interface;
use crate::program::{LoadOptions, Program};

/// Refuses what no card takes, in words; the kernel has one number for all of it.
pub(super) fn check(object: &Object, plans: &[MapPlan], device: &Interface) -> Result<(), Error> {
    takes_programs(device)?;
    for (definition, _) in object.maps.iter().zip(plans).filter(|(_, plan)| plan.create) {
        let kind = MapKind::by_number(definition.kind);
        let what = match (&definition.contents, kind) {
            (Contents::Data(_), _) => "programs on a network card have no global data".to_owned(),
            (_, Some(MapKind::PerfEventArray)) => continue,
            (_, Some(kind)) if kind.is_offloaded() => continue,
            (_, Some(kind)) => {
                format!("a network card keeps maps of type hash and array, and not {}", kind.name())
            }
            (_, None) => "a network card keeps maps of type hash and array".to_owned(),
        };
        let error = Box::new(Error::Object(what));
        return Err(Error::Map { name: definition.name.clone(), error });
    }
    Ok(())
}

/// Tries the least of all programs, since maps are refused by the same number for other reasons.
fn takes_programs(device: &Interface) -> Result<(), Error> {
    // XDP_PASS
    let pass = Insn::alu(Bits::B64, AluOp::Mov, Reg(0), Src::Imm(2));
    let insns = [pass, Insn::exit()];
    let options =
        LoadOptions { device: device.index, ..LoadOptions::new(ProgramType::Xdp, &insns) };
    match Program::load(&options) {
        Ok(_) => Ok(()),
        Err(error) => match error.errno() {
            Some(errno @ (Errno::EINVAL | Errno::EOPNOTSUPP)) => {
                let action = format!("load a program for the card of {}", device.name);
                let help = "its driver takes none (nfp's does): native and generic mode run the \
                            program on the processor";
                Err(AttachError::refused(action, errno, error.log().trim_end(), help).into())
            }
            _ => Err(error),
        },
    }
}
