//! Hooks: the library's names for the kernel's rows.

use nbpfc_kernel::{HOOKS, Hook as Row, Known, Verdict};
use nbpfc_source::Code;
use nbpfc_syntax::ast::{self, Item, ItemKind, Member, Origin, Path, TypeKind};

use crate::checker::{Checker, ItemRef, Resolved};
use crate::program::{Hook, HookField};
use crate::types::{HookId, Type};
use nbpfc_source::nearest;

impl<'a> Checker<'a> {
    /// The hook that a path names.
    pub(crate) fn hook_at(&mut self, source: usize, path: &'a Path) -> Option<ItemRef> {
        let name = path.dotted();
        let found = self.find_hook(&name);
        if found.is_none() {
            let names = self.hook_names();
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
        self.report(error.help(format!("programs run on {}", self.hook_names().join(", "))));
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

    fn find_hook(&self, name: &str) -> Option<ItemRef> {
        self.hooks().find(|(_, node)| node.name.dotted() == name).map(|(item, _)| item)
    }

    /// A hook with all that it builds on.
    fn with_bases(&self, item: ItemRef, node: &'a ast::Hook) -> Vec<(ItemRef, &'a ast::Hook)> {
        ast::Hook::with_bases((item, node), |_, base| {
            let base = self.find_hook(&base.dotted())?;
            let ItemKind::Hook(node) = self.item(base) else { return None };
            Some((base, node))
        })
    }

    /// The hook, or what several hooks have in common, that a type of packets names.
    pub(crate) fn packet_type(&self, source: usize, ty: &ast::Type) -> Option<ItemRef> {
        let TypeKind::Named { path, args } = &ty.kind else { return None };
        let first = path.segments.first()?;
        let other = self.lookup(source, &first.name).is_some()
            || self.module_named(source, &first.name).is_some();
        if other || !args.is_empty() {
            return None;
        }
        self.find_hook(&path.dotted())
    }

    /// Whether a hook is this one, or builds on it.
    pub(crate) fn is_on(&self, hook: HookId, base: ItemRef) -> bool {
        let Some(item) = self.find_hook(&self.program.hooks[hook].name) else { return false };
        let ItemKind::Hook(node) = self.item(item) else { return false };
        self.with_bases(item, node).iter().any(|(item, _)| *item == base)
    }

    /// The declaration of what programs on some hook call by a name.
    pub(crate) fn hook_function(&self, name: &str) -> Option<(usize, &'a ast::Prototype)> {
        self.hooks().find_map(|(item, node)| {
            node.members.iter().find_map(|member| match member {
                Member::Fn(function) if function.name.name == name => Some((item.source, function)),
                _ => None,
            })
        })
    }

    /// The hooks whose programs call something by a name.
    pub(crate) fn hooks_with(&self, name: &str) -> Vec<String> {
        let has = |node: &ast::Hook| {
            let is = |member: &Member| matches!(member, Member::Fn(function) if function.name.name == name);
            node.members.iter().any(is)
        };
        let real = self.hooks().filter(|(_, node)| node.origin.is_some());
        let found = real
            .filter(|(item, node)| self.with_bases(*item, node).iter().any(|(_, node)| has(node)));
        found.map(|(_, node)| node.name.dotted()).collect()
    }

    /// The names of hooks that programs can be on.
    fn hook_names(&self) -> Vec<String> {
        let real = self.hooks().filter(|(_, node)| node.origin.is_some());
        real.map(|(_, node)| node.name.dotted()).collect()
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
        for (at, node) in all {
            self.members(at.source, node, at == item, &mut hook);
        }
        Some(Resolved::Hook(self.program.hooks.push(hook)))
    }

    fn members(&mut self, source: usize, node: &'a ast::Hook, own: bool, hook: &mut Hook) {
        for member in &node.members {
            match member {
                Member::Packet(path, _) => hook.packet = self.header_at(source, path),
                Member::Verdicts(verdicts, _) => self.verdicts(source, verdicts, hook),
                Member::Field(field) => self.known(source, field, own, hook),
                Member::Fn(function) => {
                    let this = self.program.hooks.next_key();
                    hook.functions.extend(self.helper(source, function, Some(this)));
                }
                Member::Error(_) => {}
            }
        }
    }

    fn known(&mut self, source: usize, field: &'a ast::MemberField, own: bool, hook: &mut Hook) {
        let (name, span) = field.row();
        if !Row::is_known(name) {
            self.no_row(source, span, "field");
            return;
        }
        let ty = self.ty(source, &field.ty);
        let Some(row) = hook.row.known(name) else {
            // What only some of a base's hooks have is left out of the others.
            if own {
                let message = format!("programs on {} do not read `{name}`", hook.name);
                let error = self.error(Code::NotOnTarget, source, span, message);
                self.report(error.help("name a member that the kernel gives them as a number"));
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
            Known::Field(_) => ty == Type::U32 && !field.mutable,
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
        if !fits && ty != Type::Error {
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
                Known::Member(row) => format!("it is u{}", u32::from(row.size) * 8),
                Known::Field(_) => "it is u32, and read only".to_owned(),
            }));
            return;
        }
        let (name, mutable) = (field.name.name.clone(), field.mutable);
        hook.fields.push(HookField { name, row, ty, mutable });
    }

    fn verdicts(&mut self, source: usize, names: &'a [ast::VerdictName], hook: &mut Hook) {
        for verdict in names {
            let row_name = verdict.same_as.as_ref().unwrap_or(&verdict.name);
            let row = hook.row.verdicts.iter().find(|row| row.name == row_name.name);
            match row {
                Some(Verdict { value, .. }) => {
                    hook.verdicts.push((verdict.name.name.clone(), *value));
                }
                None => self.no_row(source, row_name.span, "verdict"),
            }
        }
    }

    fn no_row(&mut self, source: usize, span: nbpfc_source::Span, what: &str) {
        let message = format!("the kernel has no {what} of this name");
        let error = self.error(Code::NotOnTarget, source, span, message);
        self.report(error.help("name one that it has"));
    }
}
