//! Global variables: where each lies, and what is there before a program runs.

use nbpfc_ir::MapData;
use nbpfc_sema::{Program, Var, VarId, bytes};

use crate::layout::pointer;

/// A global variable in its section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Global {
    /// Which.
    pub var: VarId,
    /// Where it begins in its section, in bytes.
    pub offset: u32,
    /// Bytes.
    pub size: u32,
    /// Whether its section is the one that programs only read.
    pub constant: bool,
}

/// Where each global variable is: one section of those that programs write, one of the others.
pub fn globals(program: &Program) -> Vec<Global> {
    let mut ends = [0; 2];
    let place = |(var, data): (VarId, &Var)| {
        let end = &mut ends[usize::from(data.constant)];
        let size = pointer(program, &data.ty).size;
        let global = Global { var, offset: *end, size, constant: data.constant };
        // Whatever a variable is, it is aligned.
        *end = (*end + size).next_multiple_of(8);
        global
    };
    program.vars.iter().map(place).collect()
}

/// The sections of global data, those that there are, in the order of the module's maps.
pub(crate) fn sections(program: &Program, globals: &[Global]) -> Vec<MapData> {
    let section = |constant: bool| {
        let own = globals.iter().filter(|global| global.constant == constant);
        let mut data = Vec::new();
        for global in own {
            let var = &program.vars[global.var];
            data.resize(global.offset as usize, 0);
            data.extend(bytes(program, &var.ty, var.value.as_ref()));
        }
        (!data.is_empty()).then(|| MapData::globals(data, constant))
    };
    [false, true].into_iter().filter_map(section).collect()
}
