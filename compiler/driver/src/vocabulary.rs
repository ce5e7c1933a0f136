//! What programs on a hook can say: the library's declarations of it, with those of its bases.

use nbpfc_kernel::{Helper, Hook, Known, LOOPS_SINCE};
use nbpfc_source::{File, Files, Span};
use nbpfc_stdlib::PRELUDE;
use nbpfc_syntax::ast::{self, ItemKind, Member, Origin};

/// A hook's words, in the order of the library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// The header that packets begin with.
    pub packet: Option<String>,
    /// The verdicts' names; `pass = ok` is another name of one.
    pub verdicts: Vec<String>,
    /// What is known of a packet beside its bytes, as `len: u32`.
    pub fields: Vec<String>,
    /// What only programs on some hooks call, as `fn redirect(ifindex: u32) -> verdict`.
    pub functions: Vec<String>,
    /// What the kernel is asked for there, as `fn time() -> u64`; with the first kernel, where that is later
    /// than the first of the language.
    pub helpers: Vec<String>,
}

/// The words of a hook, or none if the library does not declare it.
pub fn vocabulary(row: &Hook) -> Option<Vocabulary> {
    let mut files = Files::default();
    let mut modules = Vec::new();
    for module in PRELUDE {
        let id = files.add(File::new(module.name, module.text));
        modules.push((files.get(id).clone(), nbpfc_syntax::parse(files.get(id), id).0));
    }
    let hooks: Vec<(&File, &ast::Hook)> = modules
        .iter()
        .flat_map(|(file, tree)| tree.items.iter().map(move |item| (file, item)))
        .filter_map(|(file, item)| match &item.kind {
            ItemKind::Hook(hook) => Some((file, hook)),
            _ => None,
        })
        .collect();
    let is_row = |hook: &ast::Hook| matches!(&hook.origin, Some(Origin::Row(text)) if text.as_str() == Some(row.name));
    let own = hooks.iter().find(|(_, hook)| is_row(hook))?;
    let all = ast::Hook::with_bases(*own, |_, base| {
        hooks.iter().find(|(_, other)| other.name.dotted() == base.dotted()).copied()
    });
    let mut words = Vocabulary::default();
    for (file, hook) in all {
        words.take(row, file, hook);
    }
    for (file, tree) in &modules {
        words.helpers.extend(tree.items.iter().filter_map(|item| match &item.kind {
            ItemKind::ExternFn(function) => helper(row, file, function),
            _ => None,
        }));
    }
    Some(words)
}

impl Vocabulary {
    fn take(&mut self, row: &Hook, file: &File, hook: &ast::Hook) {
        for member in &hook.members {
            match member {
                Member::Packet(path, _) => self.packet = Some(path.dotted()),
                Member::Verdicts(names, _) => {
                    self.verdicts.extend(names.iter().map(|verdict| match &verdict.same_as {
                        Some(other) => format!("{} = {}", verdict.name.name, other.name),
                        None => verdict.name.name.clone(),
                    }));
                }
                Member::Field(field) => {
                    let Some(known) = row.known(field.row().0) else { continue };
                    let words = without_row(file, field.span);
                    let is_written = match known {
                        Known::Field(_) => false,
                        Known::Member(member) => member.written.contains(&row.program_type),
                    };
                    let read = words.strip_prefix("mut ").filter(|_| !is_written);
                    self.fields.push(read.unwrap_or(&words).to_owned());
                }
                Member::Fn(function) => self.functions.push(without_row(file, function.span)),
                Member::Error(_) => {}
            }
        }
    }
}

/// A helper of the library, if programs on the hook may call it.
fn helper(row: &Hook, file: &File, function: &ast::Prototype) -> Option<String> {
    let Some(Origin::Row(name)) = &function.origin else { return None };
    let since = Helper::by_name(name.as_str()?)?.since_on(row.program_type)?;
    let words = without_row(file, function.span);
    let words = words.strip_prefix("extern ").unwrap_or(&words);
    let later = since > LOOPS_SINCE && since > row.since;
    Some(if later { format!("{words}, since Linux {since}") } else { words.to_owned() })
}

/// A declaration on one line, without the row behind it.
fn without_row(file: &File, span: Span) -> String {
    let text = file.text().get(span.start as usize..span.end as usize).unwrap_or_default();
    let text = text.split(" from \"").next().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
