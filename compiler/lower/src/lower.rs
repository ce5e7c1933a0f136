//! A program as a module of IR.

use std::collections::HashMap;
use std::sync::Arc;

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{FunctionBuilder, Module};
use nbpfc_kernel::Target;
use nbpfc_sema::{Entry, Program};
use nbpfc_source::{Diagnostic, File, FileId};

use crate::lowering::{Exit, Frame, Lowering};

/// The code of one program: a module with one function of its name. `source` is the user's file,
/// which diagnostics know as `file`.
///
/// # Errors
/// What the hook's packets do not have, and what grows beyond all bounds.
pub fn lower(
    program: &Program,
    entry: &Entry,
    target: &Target,
    source: Arc<File>,
    file: FileId,
) -> Result<Module, Vec<Diagnostic>> {
    let hook = &program.hooks[entry.hook];
    let mut builder = FunctionBuilder::new(&entry.name);
    let otherwise = builder.block();
    let mut lowering = Lowering {
        program,
        hook,
        target,
        file,
        builder,
        frame: Frame {
            body: &entry.body,
            locals: SecondaryMap::new(),
            exit: Exit::Program,
            loops: Vec::new(),
        },
        otherwise,
        this: None,
        found: HashMap::new(),
        known: Vec::new(),
        rings: HashMap::new(),
        foreign: false,
        depth: 0,
        diagnostics: Vec::new(),
    };
    let parts = lowering.block(&entry.body.block);
    if !lowering.builder.is_terminated() {
        match parts.first() {
            Some(verdict) => lowering.builder.ret(*verdict),
            None => lowering.builder.jump(otherwise),
        }
    }
    lowering.builder.enter(otherwise);
    // A program without `otherwise` comes here only where a check fails that cannot.
    let verdict = lowering.builder.const32(entry.otherwise.unwrap_or(hook.row.drop));
    lowering.builder.ret(verdict);
    if !lowering.diagnostics.is_empty() {
        return Err(lowering.diagnostics);
    }
    Ok(Module::new(source, vec![lowering.builder.finish()]))
}
