//! Conditions of headers that ask for more than their own fields, such as for headers behind them: they are
//! asked as a program would.

use std::cell::{OnceCell, RefCell};

use nbpfc_ir::{Func, Module, Packet, interpret_program};
use nbpfc_lower::{Common, condition};
use nbpfc_sema::{Entry, Expr, HookId};
use nbpfc_source::FileId;

use crate::nbp::Programs;

/// Units of work that one question may take.
const FUEL: u64 = 1_000_000;

/// A condition as programs on a hook ask it; no code if they cannot.
struct Asked {
    hook: HookId,
    condition: *const Expr,
    code: Option<Module>,
}

/// The conditions that were asked so far.
pub(super) struct Conditions<'t> {
    programs: &'t Programs,
    file: FileId,
    common: OnceCell<Common>,
    known: RefCell<Vec<Asked>>,
}

impl<'t> Conditions<'t> {
    pub(super) const fn new(programs: &'t Programs, file: FileId) -> Self {
        Self { programs, file, common: OnceCell::new(), known: RefCell::new(Vec::new()) }
    }

    /// Whether a condition of a header holds where that stands first in these bytes; `None` if that is
    /// not seen.
    pub(super) fn holds(&self, entry: &Entry, asked: &'t Expr, bytes: &[u8]) -> Option<bool> {
        let same = |known: &Asked| known.hook == entry.hook && std::ptr::eq(known.condition, asked);
        if !self.known.borrow().iter().any(same) {
            let code = self.code(entry, asked);
            self.known.borrow_mut().push(Asked { hook: entry.hook, condition: asked, code });
        }
        let known = self.known.borrow();
        let code = known.iter().find(|known| same(known))?.code.as_ref()?;
        let length = u32::try_from(bytes.len()).ok()?;
        let mut packet = Packet { data: bytes, length, interface: 1, packet_type: 0, tag: None };
        let found = interpret_program(code, Func::from_u32(0), &mut packet, FUEL).ok()?;
        Some(found != 0)
    }

    fn code(&self, entry: &Entry, asked: &Expr) -> Option<Module> {
        let program = self.programs.programs.iter().find(|program| program.name == entry.name)?;
        let meaning = self.programs.meaning();
        let common = self.common.get_or_init(|| Common::new(meaning));
        let source = program.code.module.source.clone();
        let on = (entry.hook, &program.code.target);
        condition((meaning, common), asked, on, source, self.file).ok()
    }
}
