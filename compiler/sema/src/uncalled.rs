//! Functions that are given a packet, or say a verdict, and that nobody calls: they are checked as if
//! programs on each hook called them that they can be for.

use nbpfc_source::Diagnostic;
use nbpfc_syntax::ast::{self, ItemKind};

use crate::checker::{Checker, ItemRef, Resolved};
use crate::types::HookId;

/// What is wrong with a function on each hook that it can be for; nothing, where it is right.
type Found = Vec<(String, Vec<Diagnostic>)>;

impl<'a> Checker<'a> {
    /// Checks functions of the user's modules that nothing calls. Each has to be right for one of the
    /// hooks that it can be for.
    pub(crate) fn check_uncalled(&mut self) {
        let open = self.uncalled();
        if open.is_empty() {
            return;
        }
        let mut all: Vec<Found> = open.iter().map(|_| Found::new()).collect();
        for declared in self.real_hooks() {
            // What is made for it is no part of the program.
            let mut trial = Self::new(self.sources, self.options);
            trial.program.license.clone_from(&self.program.license);
            let Some(Resolved::Hook(hook)) = trial.resolved(declared) else { continue };
            let data = &trial.program.hooks[hook];
            let name = data.name.clone();
            if data.row.since > self.options.kernel {
                continue;
            }
            for ((item, node), found) in open.iter().zip(&mut all) {
                if !trial.can_be_for(item.source, node, hook) {
                    continue;
                }
                trial.diagnostics.clear();
                trial.link();
                trial.for_hook(*item, node, hook);
                // What they use is checked for itself.
                let known = |new: &Diagnostic| {
                    let same =
                        |old: &Diagnostic| old.code == new.code && old.primary == new.primary;
                    self.diagnostics.iter().any(same)
                };
                let mut wrong = std::mem::take(&mut trial.diagnostics);
                wrong.retain(|new| !known(new));
                found.push((name.clone(), wrong));
            }
        }
        for found in all {
            self.report_best(&found);
        }
    }

    /// The functions of the user's modules that calls alone would check, and that have none.
    fn uncalled(&self) -> Vec<(ItemRef, &'a ast::Function)> {
        let users = (0..self.sources.len()).filter(|source| !self.sources[*source].library);
        let items = users.flat_map(|source| {
            let items = self.sources[source].module.items.iter().enumerate();
            items.map(move |(item, node)| (ItemRef { source, item }, &node.kind))
        });
        let functions = items.filter_map(|(item, kind)| match kind {
            ItemKind::Fn(node) => Some((item, node)),
            _ => None,
        });
        functions
            .filter(|(item, node)| {
                self.is_for_hooks(item.source, node)
                    && !self.instances.iter().any(|(made, ..)| made == item)
            })
            .collect()
    }

    /// Reports what is wrong on every hook, or, if that is another thing on each, on one of them.
    fn report_best(&mut self, found: &Found) {
        let Some((name, least)) = found.iter().min_by_key(|(_, wrong)| wrong.len()) else { return };
        let mut common = least.clone();
        common.retain(|one| found.iter().all(|(_, wrong)| wrong.contains(one)));
        if least.is_empty() || !common.is_empty() {
            for diagnostic in common {
                self.report(diagnostic);
            }
            return;
        }
        for diagnostic in least.clone() {
            self.report(diagnostic.note(format!("it is checked for programs on {name}")));
        }
    }
}

impl Checker<'_> {
    /// Whether a function is one for each hook, and nothing else decides what it is.
    fn is_for_hooks(&self, source: usize, node: &ast::Function) -> bool {
        let of_map =
            |param: &ast::Param| param.ty.as_ref().is_some_and(|ty| self.is_map_type(source, ty));
        node.generics.is_empty() && !node.params.iter().any(of_map) && self.is_generic(source, node)
    }

    /// Whether a program on a hook has what the function is given.
    fn can_be_for(&self, source: usize, node: &ast::Function, hook: HookId) -> bool {
        let types = node.params.iter().filter_map(|param| param.ty.as_ref());
        let mut packets = types.filter_map(|ty| self.packet_type(source, ty));
        packets.all(|base| self.is_on(hook, base))
    }
}
