//! Modules of the nbp language: the programs in them, and the object that holds them all.

use std::sync::Arc;

use nbpfc_btf::Encoding;
use nbpfc_isa::Level;
use nbpfc_kernel::{Hook, Target, Version};
use nbpfc_pcap::LinkType;
use nbpfc_sema::{Int, Options, Source, Type};
use nbpfc_source::{Code as Kind, Diagnostic, File, FileId, Severity};
use nbpfc_syntax::ast;

use crate::link::{self, Named, Part};
use crate::session::{Filter, Request, Session};
use crate::verified::Verified;

/// What to compile a module for.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// The oldest kernel that must accept it.
    pub kernel: Version,
    /// The instruction set, instead of all that the kernel has.
    pub level: Option<Level>,
    /// The hook that its programs have to be on; `None` for any.
    pub hook: Option<&'static Hook>,
    /// Whether to optimise.
    pub optimise: bool,
}

impl Build {
    /// For a kernel, on any hook.
    pub fn new(kernel: Version) -> Self {
        Self { kernel, level: None, hook: None, optimise: true }
    }
}

/// A program of a module.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// What was compiled; its verdicts are the hook's.
    pub code: Filter,
    /// The verdicts that it can return, by the names that the language has for them.
    pub verdicts: Vec<(String, u32)>,
}

/// A compiled module.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Its programs in the order of the source, at least one.
    pub programs: Vec<Program>,
    /// Its licence, if it names one.
    license: Option<String>,
    globals: Vec<Named>,
}

impl Programs {
    /// The object with all programs.
    pub fn object(&self) -> Verified {
        let parts: Vec<_> = self
            .programs
            .iter()
            .map(|program| Part {
                name: &program.name,
                code: &program.code.code,
                target: &program.code.target,
                module: &program.code.module,
            })
            .collect();
        let object = link::object(self.license.as_deref(), &parts, &self.globals);
        Verified::unchecked(object, "the verifier is the kernel's until nbpfc has its own")
    }

    /// As [`Self::object`], with one program only.
    pub fn object_of(&self, program: &Program) -> Verified {
        let programs = vec![program.clone()];
        Self { programs, license: self.license.clone(), globals: self.globals.clone() }.object()
    }
}

impl Session<'_> {
    /// Compiles a module of the nbp language.
    ///
    /// # Errors
    /// What is wrong with it, or what a hook or the kernel does not have.
    pub fn module(&mut self, id: FileId, build: &Build) -> Result<Programs, Vec<Diagnostic>> {
        let prelude = nbpfc_stdlib::PRELUDE;
        let mut ids = vec![id];
        ids.extend(prelude.iter().map(|module| self.add(File::new(module.name, module.text))));
        let mut trees: Vec<ast::Module> = Vec::new();
        for id in &ids {
            let (tree, found) = nbpfc_syntax::parse(self.files().get(*id), *id);
            if found.iter().any(|d| d.severity != Severity::Warning) {
                return Err(found);
            }
            trees.push(tree);
        }
        let sources: Vec<_> = ids
            .iter()
            .zip(&trees)
            .map(|(id, module)| Source { file: *id, text: self.files().get(*id), module })
            .collect();
        let options = Options { kernel: build.kernel, names: self.names() };
        let (program, found) = nbpfc_sema::check(&sources, options);
        let Some(program) = program else { return Err(found) };
        let file = Arc::new(self.files().get(id).clone());
        let mut programs = Vec::new();
        for entry in &program.entries {
            let hook = &program.hooks[entry.hook];
            if let Some(wanted) = build.hook
                && wanted != hook.row
            {
                return Err(vec![other_hook(id, entry, &hook.name, wanted)]);
            }
            let mut target = Target::new(hook.row, build.kernel);
            if let Some(level) = build.level {
                target.level = level;
            }
            let module = nbpfc_lower::lower(&program, entry, &target, file.clone(), id)?;
            // The link type is the filters' matter, which are lowered already.
            let request =
                Request { optimise: build.optimise, ..Request::new(target, LinkType::Raw) };
            let verdicts = (hook.row.pass, hook.row.drop);
            let code = Self::program(module, id, &request, verdicts)?;
            programs.push(Program {
                name: entry.name.clone(),
                code,
                verdicts: hook.verdicts.clone(),
            });
        }
        let globals = nbpfc_lower::globals(&program);
        let globals = globals.iter().map(|global| named(&program, global)).collect();
        Ok(Programs { programs, license: program.license, globals })
    }
}

fn named(program: &nbpfc_sema::Program, global: &nbpfc_lower::Global) -> Named {
    let var = &program.vars[global.var];
    let of = |int: Int| if int.signed { Encoding::Signed } else { Encoding::Unsigned };
    let encoding = match &var.ty {
        Type::Bool => Some(Encoding::Bool),
        Type::Int(int) => Some(of(*int)),
        Type::Enum(id) => Some(of(program.enums[*id].repr)),
        _ => None,
    };
    Named {
        name: var.name.clone(),
        offset: global.offset,
        size: global.size,
        constant: global.constant,
        encoding,
    }
}

fn other_hook(id: FileId, entry: &nbpfc_sema::Entry, hook: &str, wanted: &Hook) -> Diagnostic {
    let message = format!("`{}` is on {hook}, and {} is asked for", entry.name, wanted.name);
    Diagnostic::error(Kind::NotOnTarget, message, id, entry.span)
        .help(format!("leave the hook out on the command line, or write `on {}`", wanted.name))
}
