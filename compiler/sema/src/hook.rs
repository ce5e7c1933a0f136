//! Hooks: the library's names for the kernel's rows.

use nbpfc_kernel::{Field, HOOKS, Hook as Row, Known};
use nbpfc_source::{Code, Label};
use nbpfc_syntax::ast::{self, Ident, Item, ItemKind, Member, Origin, Path, TypeKind};

use crate::checker::{Checker, ItemRef, Resolved};
use crate::program::{Hook, HookField};
use crate::types::{HookId, Type};
use nbpfc_source::nearest;

impl<'a> Checker<'a> {
    /// Notes the hooks that a source has from others by `use`: of a module as a whole with its name in
    /// front, one alone by its own, or another, name.
    pub(crate) fn declare_used_hooks(&mut self, source: usize) {
        for item in &self.sources[source].module.items {
            let ItemKind::Use(node) = &item.kind else { continue };
            let Some((module, rest)) = node.path.segments.split_first() else { continue };
            let Some(other) = self.module(&module.name) else { continue };
            if rest.is_empty() {
                let whole = node.alias.as_ref().unwrap_or(module);
                for (name, item) in self.own_hooks(other) {
                    self.hooks[source].entry(format!("{}.{name}", whole.name)).or_insert(item);
                }
            } else if let Some(item) = self.used_hook(node) {
                let name = match &node.alias {
                    Some(alias) => alias.name.clone(),
                    None => dotted(rest),
                };
                self.hooks[source].entry(name).or_insert(item);
            }
        }
    }

    /// The hook of another module that a `use` names, if there is such a one.
    pub(crate) fn used_hook(&self, node: &ast::Use) -> Option<ItemRef> {
        let (module, rest) = node.path.segments.split_first()?;
        let module = self.module(&module.name)?;
        let found = self.hooks[module].get(&dotted(rest)).copied();
        found.filter(|item| item.source == module)
    }

    /// The hooks that a source itself declares, by their names.
    pub(crate) fn own_hooks(&self, source: usize) -> Vec<(String, ItemRef)> {
        let own = self.hooks[source].iter().filter(|(_, item)| item.source == source);
        let mut own: Vec<_> = own.map(|(name, item)| (name.clone(), *item)).collect();
        own.sort_unstable_by_key(|(_, item)| item.item);
        own
    }

    /// The hook that a path names.
    pub(crate) fn hook_at(&mut self, source: usize, path: &'a Path) -> Option<ItemRef> {
        let name = path.dotted();
        let found = self.find_hook(source, &name);
        if found.is_none() {
            let names = self.hook_names(source);
            let message = format!("there is no hook `{name}`");
            let error = self.error(Code::UnknownName, source, path.span, message);
            let near = nearest(&name, names.iter().map(String::as_str));
            let near = near.map(str::to_owned);
            self.report(match near {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("there are {}", names.join(", "))),
            });
        }
        found
    }

    /// As [`Self::hook_at`], for a program to be on.
    pub(crate) fn program_hook_at(&mut self, source: usize, path: &'a Path) -> Option<ItemRef> {
        let item = self.hook_at(source, path)?;
        let ItemKind::Hook(node) = self.item(item) else { return None };
        if node.origin.is_some() {
            return Some(item);
        }
        let message = format!("`{}` is only there for other hooks to build on", path.dotted());
        let error = self.error(Code::WrongKind, source, path.span, message);
        self.report(error.help(format!("programs run on {}", self.hook_names(source).join(", "))));
        None
    }

    fn hooks(&self) -> impl Iterator<Item = (ItemRef, &'a ast::Hook)> + use<'a> {
        self.sources.iter().enumerate().flat_map(|(source, data)| {
            data.module.items.iter().enumerate().filter_map(move |(item, node)| match node {
                Item { kind: ItemKind::Hook(node), .. } => Some((ItemRef { source, item }, node)),
                _ => None,
            })
        })
    }

    /// The hooks that a source knows: its own, those that it uses, and the library's.
    fn hooks_seen(&self, source: usize) -> Vec<(ItemRef, &'a ast::Hook)> {
        let sources = [source].into_iter().chain(self.library());
        let mut items: Vec<_> =
            sources.flat_map(|source| self.hooks[source].values().copied()).collect();
        items.sort_unstable_by_key(|item| (item.source != source, item.source, item.item));
        items.dedup();
        let hook = |item: ItemRef| match self.item(item) {
            ItemKind::Hook(node) => Some((item, node)),
            _ => None,
        };
        items.into_iter().filter_map(hook).collect()
    }

    /// Whether the packets of some hook begin with a header.
    pub(crate) fn begins_packet(&self, header: ItemRef) -> bool {
        self.hooks().any(|(hook, node)| {
            node.members.iter().any(|member| match member {
                Member::Packet(path, _) => self.at_path(hook.source, path) == Some(header),
                _ => false,
            })
        })
    }

    /// The hooks whose packets have a field, beside their headers.
    pub(crate) fn hooks_that_know(&self, name: &str) -> Vec<&'static str> {
        let rows =
            self.hooks().flat_map(|(_, node)| &node.members).filter_map(|member| match member {
                Member::Field(field) if field.name.name == name => Some(field.row().0),
                _ => None,
            });
        let rows: Vec<_> = rows.collect();
        let knows = |hook: &&Row| rows.iter().any(|row| hook.known(row).is_some());
        HOOKS.iter().filter(knows).map(|hook| hook.name).collect()
    }

    /// The hook that a name means in a source: one of its own, one that it has from another, or one of
    /// the library's.
    fn find_hook(&self, source: usize, name: &str) -> Option<ItemRef> {
        let mut sources = [source].into_iter().chain(self.library());
        sources.find_map(|source| self.hooks[source].get(name).copied())
    }

    /// A hook with all that it builds on.
    fn with_bases(&self, item: ItemRef, node: &'a ast::Hook) -> Vec<(ItemRef, &'a ast::Hook)> {
        ast::Hook::with_bases((item, node), |item, base| {
            let base = self.find_hook(item.source, &base.dotted())?;
            let ItemKind::Hook(node) = self.item(base) else { return None };
            Some((base, node))
        })
    }

    /// The hook, or what several hooks have in common, that a type of packets names.
    pub(crate) fn packet_type(&self, source: usize, ty: &ast::Type) -> Option<ItemRef> {
        let TypeKind::Named { path, args } = &ty.kind else { return None };
        let first = path.segments.first()?;
        if self.lookup(source, &first.name).is_some() || !args.is_empty() {
            return None;
        }
        self.find_hook(source, &path.dotted())
    }

    /// Whether a hook is this one, or builds on it.
    pub(crate) fn is_on(&self, hook: HookId, base: ItemRef) -> bool {
        let declared = self.hook_items.iter().find(|(id, _)| *id == hook);
        let Some(&(_, item)) = declared else { return false };
        let ItemKind::Hook(node) = self.item(item) else { return false };
        self.with_bases(item, node).iter().any(|(item, _)| *item == base)
    }

    /// The declaration of what programs on some hook call by a name.
    pub(crate) fn hook_function(
        &self,
        source: usize,
        name: &str,
    ) -> Option<(usize, &'a ast::Prototype)> {
        self.hooks_seen(source).into_iter().find_map(|(item, node)| {
            node.members.iter().find_map(|member| match member {
                Member::Fn(function) if function.name.name == name => Some((item.source, function)),
                _ => None,
            })
        })
    }

    /// The hooks that a source knows whose programs call something by a name.
    pub(crate) fn hooks_with(&self, source: usize, name: &str) -> Vec<String> {
        let has = |node: &ast::Hook| {
            let is = |member: &Member| matches!(member, Member::Fn(function) if function.name.name == name);
            node.members.iter().any(is)
        };
        let seen = self.hooks_seen(source).into_iter();
        let found = seen
            .filter(|(_, node)| node.origin.is_some())
            .filter(|(item, node)| self.with_bases(*item, node).iter().any(|(_, node)| has(node)));
        found.map(|(_, node)| node.name.dotted()).collect()
    }

    /// The hooks that programs can be on, of all sources.
    pub(crate) fn real_hooks(&self) -> Vec<ItemRef> {
        let real = self.hooks().filter(|(_, node)| node.origin.is_some());
        real.map(|(item, _)| item).collect()
    }

    /// The names that a source has for hooks that programs can be on, its own first.
    fn hook_names(&self, source: usize) -> Vec<String> {
        let is_real = |item: &ItemRef| matches!(self.item(*item), ItemKind::Hook(node) if node.origin.is_some());
        let of = |source: usize| {
            let mut found: Vec<_> =
                self.hooks[source].iter().filter(|(_, item)| is_real(item)).collect();
            found.sort_unstable_by_key(|(_, item)| (item.source, item.item));
            found.into_iter().map(|(name, _)| name.clone())
        };
        [source].into_iter().chain(self.library()).flat_map(of).collect()
    }

    /// A hook of a user's module, whether programs are on it or not.
    pub(crate) fn check_hook(&mut self, item: ItemRef, node: &'a ast::Hook) {
        self.check_circle(item, node);
        if node.origin.is_some() {
            self.resolved(item);
            return;
        }
        for base in &node.bases {
            self.hook_at(item.source, base);
        }
    }

    /// Reports a hook that builds on itself, by way of others too; of those in a circle the first.
    fn check_circle(&mut self, item: ItemRef, node: &'a ast::Hook) {
        // Each with the base by which the one before it comes to it.
        let mut way: Vec<(ItemRef, &'a ast::Hook, usize)> = vec![(item, node, 0)];
        let mut seen = vec![item];
        while let Some((at, hook, next)) = way.last_mut() {
            let Some(base) = hook.bases.get(*next) else {
                way.pop();
                continue;
            };
            *next += 1;
            let Some(found) = self.find_hook(at.source, &base.dotted()) else { continue };
            if found == item {
                let first = |(at, ..): &(ItemRef, _, _)| (at.source, at.item);
                if way.iter().map(first).min() == Some((item.source, item.item)) {
                    self.circle_of_hooks(&way);
                }
                return;
            }
            if !seen.contains(&found)
                && let ItemKind::Hook(hook) = self.item(found)
            {
                seen.push(found);
                way.push((found, hook, 0));
            }
        }
    }

    fn circle_of_hooks(&mut self, way: &[(ItemRef, &'a ast::Hook, usize)]) {
        let Some((item, node, _)) = way.first() else { return };
        let name = node.name.dotted();
        let message = format!("`{name}` builds on itself");
        let mut error = self.error(Code::Recursion, item.source, node.name.span, message);
        for (at, hook, next) in way {
            // Each names the next.
            let Some(base) = next.checked_sub(1).and_then(|base| hook.bases.get(base)) else {
                continue;
            };
            let text = format!("`{}` builds on `{}`", hook.name.dotted(), base.dotted());
            let file = self.sources[at.source].file;
            error.labels.push(Label { file, span: base.span, text });
        }
        self.report(error.help("take one of them out of the circle"));
    }

    /// A hook with what its bases have.
    pub(crate) fn hook_item(&mut self, item: ItemRef, node: &'a ast::Hook) -> Option<Resolved> {
        let name = node.name.dotted();
        // Who names a base is told where the base is named.
        let Some(Origin::Row(text)) = &node.origin else { return None };
        let row = text.as_str().and_then(Row::by_name);
        let Some(row) = row else {
            self.no_row(item.source, text.span, "hook");
            return None;
        };
        let mut hook = Hook {
            name,
            row,
            packet: None,
            fields: Vec::new(),
            verdicts: Vec::new(),
            functions: Vec::new(),
        };
        let all = ast::Hook::with_bases((item, node), |item, base| {
            let base = self.hook_at(item.source, base)?;
            let ItemKind::Hook(node) = self.item(base) else { return None };
            Some((base, node))
        });
        for (at, members) in all {
            // What a base has wrong for this hook is said of the hook, once.
            let foreign = self.members(at.source, members, at == item, &mut hook);
            if let Some(verdict) = foreign {
                self.wrong_base((item, node), at, verdict, row);
            }
        }
        let hook = self.program.hooks.push(hook);
        self.hook_items.push((hook, item));
        Some(Resolved::Hook(hook))
    }

    /// Reports a base that is for other programs than a hook is: it has this verdict.
    fn wrong_base(
        &mut self,
        (item, node): (ItemRef, &'a ast::Hook),
        at: ItemRef,
        verdict: &Ident,
        row: &Row,
    ) {
        let leads = |base: &&Path| {
            let Some(found) = self.find_hook(item.source, &base.dotted()) else { return false };
            let ItemKind::Hook(node) = self.item(found) else { return false };
            self.with_bases(found, node).iter().any(|(other, _)| *other == at)
        };
        let Some(base) = node.bases.iter().find(leads) else { return };
        let message = format!("programs on {} have no verdict `{}`", row.name, verdict.name);
        let mut error = self.error(Code::NotOnTarget, item.source, base.span, message);
        error = error.label(format!("`{}` has it", base.dotted()));
        let (file, text) = (self.sources[at.source].file, "declared here".to_owned());
        error.labels.push(Label { file, span: verdict.span, text });
        let help =
            format!("build on what is for such programs; their verdicts are {}", verdicts(row));
        self.report(error.help(help));
    }

    /// What a hook or one of its bases declares; the first verdict of a base that the hook cannot have.
    fn members(
        &mut self,
        source: usize,
        node: &'a ast::Hook,
        own: bool,
        hook: &mut Hook,
    ) -> Option<&'a Ident> {
        let mut foreign = None;
        for member in &node.members {
            match member {
                Member::Packet(path, _) => hook.packet = self.header_at(source, path),
                Member::Verdicts(verdicts, _) => {
                    let found = self.verdicts(source, verdicts, own, hook);
                    foreign = foreign.or(found);
                }
                Member::Field(field) => self.known(source, field, own, hook),
                Member::Fn(function) => {
                    let this = self.program.hooks.next_key();
                    hook.functions.extend(self.helper(source, function, Some(this)));
                }
                Member::Error(_) => {}
            }
        }
        foreign
    }

    fn known(&mut self, source: usize, field: &'a ast::MemberField, own: bool, hook: &mut Hook) {
        let (name, span) = field.row();
        // Who uses what was reported is not told again.
        let wrong = HookField {
            name: field.name.name.clone(),
            row: Known::Field(Field::Length),
            ty: Type::Error,
            mutable: true,
        };
        if !Row::is_known(name) {
            self.no_row(source, span, "field");
            hook.fields.push(wrong);
            return;
        }
        let ty = self.ty(source, &field.ty);
        let Some(row) = hook.row.known(name) else {
            // What only some of a base's hooks have is left out of the others.
            if own {
                let message = format!("programs on {} do not read `{name}`", hook.name);
                let error = self.error(Code::NotOnTarget, source, span, message);
                self.report(error.help("name a member that the kernel gives them as a number"));
                hook.fields.push(wrong);
            }
            return;
        };
        let field_name = &field.name.name;
        if hook.fields.iter().any(|other| other.name == *field_name) {
            let message = format!("{} has a field `{field_name}` already", hook.name);
            let error = self.error(Code::DuplicateName, source, field.name.span, message);
            self.report(
                error.help("give it another name; what a hook builds on has its fields too"),
            );
            return;
        }
        let fits = match row {
            Known::Field(_) => !field.mutable && ty.is_read_from(4, false),
            Known::Member(row) => match &ty {
                Type::Array(element, count) => {
                    **element == Type::U32 && u32::from(row.count) == *count && row.network == 0
                }
                // What is stored is all that the kernel keeps.
                Type::Int(int) if field.mutable => {
                    row.network == 0 && !int.signed && int.bits == row.kept
                }
                ty => !field.mutable && ty.is_read_from(row.bytes().into(), row.network > 0),
            },
        };
        if !fits {
            hook.fields.push(wrong);
            if ty == Type::Error {
                return;
            }
            let message = format!("`{name}` is not had as {}", self.type_name(&ty));
            let error = self.error(Code::NotOnTarget, source, field.ty.span, message);
            self.report(error.help(match row {
                Known::Member(row) if row.count > 1 && row.network == 0 => {
                    format!("it is `[u32; {}]`", row.count)
                }
                Known::Member(row) if row.network > 2 => {
                    format!("it has {} bytes in network order, and is read only", row.network)
                }
                Known::Member(row) if row.network > 0 => "it is u16, and read only".to_owned(),
                Known::Member(row) if field.mutable => format!("what is assigned is u{}", row.kept),
                Known::Member(row) => {
                    format!(
                        "it is u{}, or a narrower number of its low bits",
                        u32::from(row.size) * 8
                    )
                }
                Known::Field(_) => {
                    "it is u32, or a narrower number of its low bits, and read only".to_owned()
                }
            }));
            return;
        }
        let (name, mutable) = (field.name.name.clone(), field.mutable);
        hook.fields.push(HookField { name, row, ty, mutable });
    }

    /// The verdicts of a hook or one of its bases; the first of a base that the hook cannot have.
    fn verdicts(
        &mut self,
        source: usize,
        names: &'a [ast::VerdictName],
        own: bool,
        hook: &mut Hook,
    ) -> Option<&'a Ident> {
        let mut foreign = None;
        for verdict in names {
            let name = verdict.same_as.as_ref().unwrap_or(&verdict.name);
            let row = hook.row.verdicts.iter().find(|row| row.name == name.name);
            if row.is_none() && own {
                let message =
                    format!("programs on {} have no verdict `{}`", hook.row.name, name.name);
                let error = self.error(Code::NotOnTarget, source, name.span, message);
                self.report(error.help(format!("they have {}", verdicts(hook.row))));
            } else if row.is_none() {
                foreign = foreign.or(Some(name));
            }
            let value = row.map_or(0, |row| row.value);
            hook.verdicts.push((verdict.name.name.clone(), value));
        }
        foreign
    }

    fn no_row(&mut self, source: usize, span: nbpfc_source::Span, what: &str) {
        let message = format!("the kernel has no {what} of this name");
        let error = self.error(Code::NotOnTarget, source, span, message);
        self.report(error.help("name one that it has"));
    }
}

/// The kernel's names for what programs on a hook return.
fn verdicts(row: &Row) -> String {
    row.verdicts.iter().map(|verdict| verdict.name).collect::<Vec<_>>().join(", ")
}

/// The names of a path, or of what is left of it, as they are written.
fn dotted(segments: &[Ident]) -> String {
    segments.iter().map(|ident| ident.name.as_str()).collect::<Vec<_>>().join(".")
}
