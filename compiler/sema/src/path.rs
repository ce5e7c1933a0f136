//! What is outside of the source known by its name: names in objects, and paths of variables.

use nbpfc_syntax::ast::{Ident, ItemKind};

use crate::checker::{Checker, ItemRef};

impl Checker<'_> {
    /// The name that a map or a variable of a source has in objects: its own, or, where something else
    /// there has that, one with its module's in front.
    pub(crate) fn object_name(&self, source: usize, name: &str) -> String {
        let Some(module) = self.sources[source].name else { return name.to_owned() };
        let is_symbol = |item: &ItemRef| {
            matches!(
                self.item(*item),
                ItemKind::Map(_) | ItemKind::Var(_) | ItemKind::Param(_) | ItemKind::Program(_)
            )
        };
        let of_others = |name: &str| {
            // Of what has the same name, the main module's keeps it, or else the first one's.
            let mut others =
                (0..source).filter(|other| *other == 0 || self.sources[*other].name.is_some());
            others.any(|other| self.declared(other, name).as_ref().is_some_and(is_symbol))
        };
        let given = |name: &str| {
            self.program.vars.values().any(|var| var.name == name)
                || self.program.maps.values().any(|map| map.name == name)
        };
        let mut found = name.to_owned();
        while of_others(&found) || given(&found) {
            found = format!("{module}_{found}");
        }
        found
    }

    /// Notes what the main module calls variables and parameters of modules that it uses.
    pub(crate) fn note_paths(&mut self) {
        let word = |alias: &Option<Ident>, own: &Ident| alias.as_ref().unwrap_or(own).name.clone();
        let mut found = Vec::new();
        for item in &self.sources[0].module.items {
            let ItemKind::Use(node) = &item.kind else { continue };
            match node.path.segments.as_slice() {
                [module] => {
                    let Some(other) = self.module(&module.name) else { continue };
                    let whole = word(&node.alias, module);
                    found.extend(self.names_of(other).into_iter().filter_map(|name| {
                        Some((format!("{whole}.{name}"), self.in_module(other, name)?))
                    }));
                }
                [_, name] => {
                    found.extend(self.used(node).map(|item| (word(&node.alias, name), item)));
                }
                _ => {}
            }
        }
        for (path, item) in found {
            if let Some(var) = self.variable(item) {
                self.program.paths.push((path, var));
            }
        }
    }
}
