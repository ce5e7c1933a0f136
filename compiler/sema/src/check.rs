//! The check of a whole program.

use nbpfc_source::{Code, Diagnostic, Severity};
use nbpfc_syntax::ast::{self, ItemKind};

use crate::checker::{Checker, ItemRef, Options, Source};
use crate::program::Program;

/// What a program means. The first source is the user's, the others are the library, whose names
/// are at hand without `use`; names of the user's hide them.
///
/// The program is `None` exactly if the diagnostics have an error.
pub fn check(sources: &[Source<'_>], options: Options<'_>) -> (Option<Program>, Vec<Diagnostic>) {
    let Some(main) = sources.first() else { return (None, Vec::new()) };
    let mut checker = Checker::new(sources, options);
    // What a program may call depends on it, wherever it stands.
    for node in &main.module.items {
        if let ItemKind::License(text) = &node.kind {
            checker.program.license = text.as_str().map(str::to_owned);
        }
    }
    for (item, node) in main.module.items.iter().enumerate() {
        let this = ItemRef { source: 0, item };
        match &node.kind {
            ItemKind::Program(program) => checker.entry(0, program),
            ItemKind::Const(_)
            | ItemKind::Struct(_)
            | ItemKind::Enum(_)
            | ItemKind::Header(_)
            | ItemKind::Map(_)
            | ItemKind::Var(_)
            | ItemKind::Param(_)
            | ItemKind::ExternFn(_)
            | ItemKind::ExternMap(_)
            | ItemKind::Fn(_) => {
                checker.resolved(this);
            }
            ItemKind::Hook(hook) => checker.check_hook(this, hook),
            // Tests are for the command that runs them.
            ItemKind::License(_) | ItemKind::Test(_) | ItemKind::Error => {}
            ItemKind::Use(node) => checker.use_item(0, node),
            ItemKind::StructOps(_) => checker.not_yet(0, node.span, "`struct_ops`"),
            ItemKind::ExternStruct(_) => {
                checker.not_yet(0, node.span, "`extern` outside of the library");
            }
        }
    }
    // Of other modules what is used is known by now; the rest is to be right as well.
    for source in (1..sources.len()).filter(|source| !sources[*source].library) {
        for (item, node) in sources[source].module.items.iter().enumerate() {
            match &node.kind {
                ItemKind::Use(node) => checker.use_item(source, node),
                ItemKind::Hook(hook) => checker.check_hook(ItemRef { source, item }, hook),
                _ => {
                    checker.resolved(ItemRef { source, item });
                }
            }
        }
    }
    if options.tests {
        for node in &main.module.items {
            if let ItemKind::Test(test) = &node.kind {
                checker.test_item(0, test);
            }
        }
    }
    checker.check_uncalled();
    checker.note_paths();
    checker.link();
    checker.pseudo_conditions();
    checker.check_tail_calls();
    let has_program =
        main.module.items.iter().any(|item| matches!(item.kind, ItemKind::Program(_)));
    if !has_program && checker.diagnostics.is_empty() {
        let error = Diagnostic::general(Code::NoProgram, "there is no program to compile");
        checker.report(error.help("write `program NAME(pkt) on xdp otherwise pass { … }`"));
    }
    let failed = checker.diagnostics.iter().any(|d| d.severity != Severity::Warning);
    let Checker { program, diagnostics, .. } = checker;
    (Some(program).filter(|_| !failed), diagnostics)
}

impl<'a> Checker<'a> {
    /// `use module.name;`
    fn use_item(&mut self, source: usize, node: &'a ast::Use) {
        let path = &node.path;
        if self.used_hook(node).is_some() {
            return;
        }
        let (module, name) = match path.segments.as_slice() {
            // The module as a whole; that there is none was told where it was looked for.
            [_] => return,
            [module, name] => (module, name),
            _ => {
                let message = "`use` names a module, or one thing of it";
                let error = self.error(Code::WrongKind, source, path.span, message);
                let module = path.segments.first().map_or("MODULE", |module| module.name.as_str());
                return self.report(error.help(format!("write `use {module}.NAME;`")));
            }
        };
        // That there is no such module was told where it was looked for.
        let Some(other) = self.module(&module.name) else { return };
        if self.used(node).is_none() {
            let hooks = self.own_hooks(other).into_iter().map(|(name, _)| name);
            let names: Vec<String> =
                self.names_of(other).into_iter().map(str::to_owned).chain(hooks).collect();
            self.not_in_module(source, &module.name, name, names);
        }
    }
}
