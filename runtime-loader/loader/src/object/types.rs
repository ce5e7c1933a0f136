//! Types and lines of an object, handed to the kernel once for all its programs and maps.

use nbpfc_btf::{Btf as Types, LineInfo, Strings};
use nbpfc_object::Linked;

use crate::btf::Btf;
use crate::error::Error;
use crate::probe::{self, Feature};
use crate::program::BtfInfo;
use crate::sanitise::sanitise;

/// Bytes of a `struct bpf_func_info` and of a `struct bpf_line_info`.
const FUNC_INFO: u32 = 8;
const LINE_INFO: u32 = 16;

/// Types in the kernel, and for each program the records that name them.
#[derive(Debug)]
pub(super) struct InKernel {
    pub(super) btf: Btf,
    records: Vec<Option<Records>>,
}

#[derive(Debug)]
struct Records {
    functions: Vec<u8>,
    lines: Vec<u8>,
}

impl InKernel {
    /// Loads types, with the texts of the programs' lines; without what an older kernel does not
    /// know of them, where it refuses. `None` if it knows no types at all.
    pub(super) fn load(types: &Types, programs: &[Linked]) -> Result<Option<Self>, Error> {
        let mut strings = Strings::default();
        let records: Vec<_> = programs.iter().map(|code| Records::of(code, &mut strings)).collect();
        let refused = match load(types, strings.clone()) {
            Ok(btf) => return Ok(Some(Self { btf, records })),
            Err(error @ (Error::NotPermitted { .. } | Error::Object(_))) => return Err(error),
            Err(error) => error,
        };
        if !probe::feature(Feature::Btf)? {
            return Ok(None);
        }
        let left = sanitise(types, probe::feature)?;
        if left == *types {
            return Err(refused);
        }
        let btf = load(&left, strings)?;
        // Without types of functions the kernel takes no lines either.
        let functions = probe::feature(Feature::BtfFunctions)?;
        let records = if functions { records } else { Vec::new() };
        Ok(Some(Self { btf, records }))
    }

    /// What goes to the kernel with the program of this index.
    pub(super) fn info(&self, program: usize) -> Option<BtfInfo<'_>> {
        let records = self.records.get(program)?.as_ref()?;
        Some(BtfInfo {
            btf: &self.btf,
            func_info: &records.functions,
            func_info_size: FUNC_INFO,
            line_info: &records.lines,
            line_info_size: LINE_INFO,
        })
    }
}

fn load(types: &Types, strings: Strings) -> Result<Btf, Error> {
    let bytes = types.encode(strings).map_err(|error| Error::Object(error.to_string()))?;
    Btf::load(&bytes)
}

impl Records {
    /// `None` for a program with a function without type, of which the kernel takes neither.
    fn of(code: &Linked, strings: &mut Strings) -> Option<Self> {
        let mut functions = Vec::new();
        for (start, function) in &code.functions {
            functions.extend([*start as u32, (*function)?.0].map(u32::to_ne_bytes).concat());
        }
        let mut lines = Vec::new();
        for line in &code.lines {
            // The kernel counts instructions where `.BTF.ext` counts bytes.
            let record = [
                line.insn as u32,
                strings.intern(&line.file),
                strings.intern(&line.text),
                LineInfo::line_col(line.line, line.column),
            ];
            lines.extend(record.map(u32::to_ne_bytes).concat());
        }
        Some(Self { functions, lines })
    }
}
