//! Declarations of what the kernel has: hooks, helpers, kernel types, kinds of maps.

use nbpfc_source::Span;

use super::code::{Param, Type};
use super::literal::Text;
use super::name::{Ident, Path};

/// Where a declared thing is.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// `from "xdp"`: the row of that name in `compiler/kernel`.
    Row(Text),
    /// `from kernel`: the running kernel's BTF.
    Kernel(Span),
}

/// `fn name(params) -> type from "row";`
#[derive(Clone, Debug, PartialEq)]
pub struct Prototype {
    /// The name.
    pub name: Ident,
    /// Parameters; each has a type.
    pub params: Vec<Param>,
    /// What it gives; nothing if `None`.
    pub result: Option<Type>,
    /// Helper or kfunc. `None` is allowed where the compiler knows the operation by its name.
    pub origin: Option<Origin>,
    /// Without the `;`.
    pub span: Span,
}

/// `hook name(params): bases { … } from "row";`
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// `tc.ingress`.
    pub name: Path,
    /// What a program says behind the hook's name: `on kprobe "symbol"`.
    pub params: Vec<Param>,
    /// Hooks whose members it has too.
    pub bases: Vec<Path>,
    /// Context fields, methods, verdicts.
    pub members: Vec<Member>,
    /// The row; `None` for a hook that is only there to be a base.
    pub origin: Option<Origin>,
}

impl Hook {
    /// A hook and all that it builds on, each once and behind its own bases. `find` gives the hook that
    /// a base's name stands for, which is named in the module of the hook that it is given.
    pub fn with_bases<'h, T: Copy>(
        own: (T, &'h Self),
        mut find: impl FnMut(T, &'h Path) -> Option<(T, &'h Self)>,
    ) -> Vec<(T, &'h Self)> {
        // Each with how many of its bases are done.
        let mut open = vec![(own, 0)];
        let mut seen = vec![own.1];
        let mut all = Vec::new();
        while let Some((hook, done)) = open.last_mut() {
            let hook = *hook;
            let Some(base) = hook.1.bases.get(*done) else {
                all.push(hook);
                open.pop();
                continue;
            };
            *done += 1;
            if let Some(base) = find(hook.0, base)
                && !seen.iter().any(|seen| std::ptr::eq(*seen, base.1))
            {
                seen.push(base.1);
                open.push((base, 0));
            }
        }
        all
    }
}

/// `extern struct name { … } from kernel;`
#[derive(Clone, Debug, PartialEq)]
pub struct ExternStruct {
    /// The kernel's name.
    pub name: Ident,
    /// Names of type parameters.
    pub generics: Vec<Ident>,
    /// The fields that are used, and operations.
    pub members: Vec<Member>,
    /// BTF, or a kind of reference of the compiler's tables.
    pub origin: Option<Origin>,
}

/// `extern map hash<K, V>(max_entries: u32) { … } from "hash";`
#[derive(Clone, Debug, PartialEq)]
pub struct ExternMap {
    /// The name of the kind.
    pub name: Ident,
    /// Names of type parameters.
    pub generics: Vec<Ident>,
    /// What a map of this kind is made with.
    pub params: Vec<Param>,
    /// Operations.
    pub members: Vec<Member>,
    /// The map type's row.
    pub origin: Option<Origin>,
}

/// What stands in a hook, an `extern struct` or an `extern map`.
#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    /// `mut mark: u32 from "mark",`
    Field(MemberField),
    /// `fn redirect(ifindex: u32) -> verdict from "redirect";`
    Fn(Prototype),
    /// `verdict ok, shot, pass = ok;`
    Verdicts(Vec<VerdictName>, Span),
    /// `packet ethernet;`: the header that the hook's packets begin with.
    Packet(Path, Span),
    /// Text that is no member.
    Error(Span),
}

/// A field of a context or kernel type.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberField {
    /// `mut`: may be assigned.
    pub mutable: bool,
    /// The name.
    pub name: Ident,
    /// The type.
    pub ty: Type,
    /// The field's row, if it has another name there.
    pub origin: Option<Origin>,
    /// Without the `,`.
    pub span: Span,
}

impl MemberField {
    /// The name of its row, and where that is written.
    pub fn row(&self) -> (&str, Span) {
        match &self.origin {
            Some(Origin::Row(text)) => (text.as_str().unwrap_or_default(), text.span),
            _ => (&self.name.name, self.name.span),
        }
    }
}

/// A verdict that a hook has.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictName {
    /// The name in programs.
    pub name: Ident,
    /// Another name of this verdict: `pass = ok`.
    pub same_as: Option<Ident>,
}
